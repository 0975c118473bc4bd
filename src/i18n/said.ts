/**
 * Sentences that were made outside of the page (errors and their remedies) in its language: looked up by their English template,
 * and English where the table lacks them. The tables hold what people usually meet (docs/limits.md).
 */
import type { Trouble } from '../errors'
import { textOf, type Sentence } from '../sentence'

let table: Readonly<Record<string, string>> = {}

export function setSaid(next: Readonly<Record<string, string>>): void {
  table = next
}

export const say = (sentence: Sentence): string => textOf(sentence, (template) => table[template] ?? null)

export function inWords({ message, remedy, said }: Pick<Trouble, 'message' | 'remedy' | 'said'>): {
  readonly message: string
  readonly remedy: string
} {
  return {
    message: say(said?.message ?? { template: message, values: [] }),
    remedy: say(said?.remedy ?? { template: remedy, values: [] }),
  }
}
