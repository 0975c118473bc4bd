/** Sections of a page of figures (docs/numbers.md unless said), each between its own pair of markers; whatever else stands in the page is left alone. */
import { readFile, writeFile } from 'node:fs/promises'

const HEADER = '# Numbers\n\nEvery figure here was written by the script that its section names.\n'

/** Puts a section in the place of the one of this name, or at the end. */
export async function writeBlock(name: string, section: string, file = 'docs/numbers.md'): Promise<void> {
  const page = await readFile(file, 'utf8').catch(() => HEADER)
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
  const block = `${begin}\n\n${section}\n\n${end}`
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  const written =
    from >= 0 && to > from
      ? page.slice(0, from) + block + page.slice(to + end.length)
      : `${page.trimEnd()}\n\n${block}\n`
  await writeFile(file, written)
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
