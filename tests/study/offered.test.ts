/** The list of methods of the page: every row is a method of studies, and says in every language what it is. */
import { expect, it } from 'vitest'
import { en } from '../../src/i18n/en'
import { contenderSchema } from '../../src/study/contender'
import { FAMILIES, OFFERED, type Offered } from '../../src/study/offered'
import { BASELINE } from '../../src/study/summary'

const rows: readonly Offered[] = OFFERED

it.each(rows.map((row) => [row.id, row] as const))('%s is a method as studies know it', (_, { contender }) => {
  expect(contenderSchema.parse(contender)).toEqual(contender)
})

it('ids and labels are each one’s own, and the first is what gains are measured against', () => {
  const own = (values: readonly string[]) => new Set(values).size === values.length
  expect(own(rows.map(({ id }) => id))).toBe(true)
  expect(own(rows.map(({ contender }) => contender.label))).toBe(true)
  expect(rows[0]!.contender.label).toBe(BASELINE)
})

it('every family has some, and every row its name and its sentence', () => {
  const texts: Readonly<Record<string, string>> = en
  for (const family of FAMILIES) expect(rows.some((row) => row.family === family)).toBe(true)
  for (const { id } of rows) {
    expect(texts[`study.method.${id}`], id).toBeTruthy()
    expect(texts[`study.about.${id}`], id).toMatch(/[.]$/)
  }
})
