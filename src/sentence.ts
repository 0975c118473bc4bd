/**
 * A sentence that knows what it was filled in with, so that a page may say it in another language: what is thrown deep in the
 * program is English, and its template is its name in a table of translations (i18n/said-zh.ts), as with gettext.
 *
 *   said`There is no file ${file} at ${host}.`  ->  template "There is no file {0} at {1}."
 */

export interface Sentence {
  /** The English sentence with {0}, {1}... in the places of its values. */
  readonly template: string
  readonly values: readonly (string | Sentence)[]
}

export function said(parts: TemplateStringsArray, ...values: readonly (string | number | Sentence)[]): Sentence {
  const template = parts.reduce((text, part, i) => `${text}{${i - 1}}${part}`)
  return { template, values: values.map((value) => (typeof value === 'number' ? String(value) : value)) }
}

/** A sentence that is always the same, or one that knows its values already. */
export const sentenceOf = (text: string | Sentence): Sentence =>
  typeof text === 'string' ? { template: text, values: [] } : text

/** An error whose message is a clause, to stand within the sentence of whoever catches it. */
export class ClauseError extends Error {
  readonly said: Sentence

  constructor(clause: string | Sentence) {
    const sentence = sentenceOf(clause)
    super(textOf(sentence))
    this.said = sentence
  }
}

/** @param translated the sentence with such a template in another language; null where there is none */
export function textOf(
  { template, values }: Sentence,
  translated: (template: string) => string | null = () => null,
): string {
  const texts = values.map((value) => (typeof value === 'string' ? value : textOf(value, translated)))
  return (translated(template) ?? template).replace(/\{(\d+)\}/g, (whole, i: string) => texts[Number(i)] ?? whole)
}
