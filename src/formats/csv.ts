/**
 * CSV as RFC 4180 has it: lines end in CR LF, cells with commas, quotes or line breaks stand in quotes, quotes are doubled.
 *
 * A text that a spreadsheet would take for a formula (it begins with = + - @, tab or carriage return) gets an apostrophe in
 * front, as OWASP's "CSV Injection" advises: class and file names come from anywhere. Numbers stay numbers, negative ones too.
 */
export type Cell = string | number | null

export function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [header, ...rows].map((row) => {
    if (row.length !== header.length) throw new Error(`a row of ${row.length} cells under ${header.length} heads`)
    return `${row.map(cellText).join(',')}\r\n`
  })
  return lines.join('')
}

function cellText(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const harmless = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
