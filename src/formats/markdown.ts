/** Markdown (CommonMark with GitHub's tables) of texts that come from anywhere, and numbers as reports write them. */
import type { Accuracy } from '../evaluation/accuracy'

/** A text that stays what it is: nothing in it is markup, a link or HTML, and it takes one line. */
export function plainText(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>#|~!&]/g, (mark) => `\\${mark}`)
    .replaceAll(/(\w)(:\/\/|@)/g, '$1\u200b$2')
    .trim()
}

/** Code of one line. */
export function code(text: string): string {
  const line = text.replaceAll(/[\r\n]+/g, ' ')
  const runs = line.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(0, ...runs.map(({ length }) => length)) + 1)
  const padded = line.startsWith('`') || line.endsWith('`') ? ` ${line} ` : line
  // In a table a bar ends the cell even within code.
  return `${fence}${padded.replaceAll('|', '\\|')}${fence}`
}

/** Lines of code. */
export function codeBlock(text: string, language = ''): string {
  const runs = text.match(/`{3,}/g) ?? []
  const fence = '`'.repeat(Math.max(2, ...runs.map(({ length }) => length)) + 1)
  return `${fence}${language}\n${text}\n${fence}`
}

/** Cells are Markdown already. The first column is left, the others right, unless it is a table of facts. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: 'numbers' | 'facts' = 'numbers',
) {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = header.map((_, i) => (i === 0 || align === 'facts' ? '---' : '---:'))
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}

export const percent = (fraction: number, digits = 1): string => `${(100 * fraction).toFixed(digits)} %`

/** "61.2 % (55.0 to 67.1; 153 of 250)" */
export const accuracyText = ({ ci95, correct, top1, total }: Accuracy): string =>
  `${percent(top1)} (${(100 * ci95[0]).toFixed(1)} to ${(100 * ci95[1]).toFixed(1)}; ${correct} of ${total})`

/** "+12.3", with a real minus sign. */
export function points(difference: number): string {
  const text = Math.abs(100 * difference).toFixed(1)
  return text === '0.0' ? '±0.0' : `${difference < 0 ? '\u2212' : '+'}${text}`
}

export const pValueText = (p: number): string => (p < 1e-4 ? 'p < 0.0001' : `p = ${p.toFixed(4)}`)
