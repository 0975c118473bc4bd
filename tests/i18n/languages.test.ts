/** Every language says every sentence, with the same values in it. */
import { expect, it } from 'vitest'
import { en } from '../../src/i18n/en'
import { zh } from '../../src/i18n/zh'

const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = { zh }
const placeholders = (text: string) => [...text.matchAll(/\{\w*\}/g)].map(([name]) => name).sort()

it.each(Object.entries(TABLES))('%s lacks no sentence, and has none of its own', (_, table) => {
  expect(Object.keys(en).filter((key) => !(key in table))).toEqual([])
  // The samples' English stands in their own files.
  expect(Object.keys(table).filter((key) => !(key in en) && !key.startsWith('sample.'))).toEqual([])
})

it.each(Object.entries(TABLES))('%s puts the same values into each sentence', (_, table) => {
  const english: Readonly<Record<string, string>> = en
  const off = Object.entries(table).filter(
    ([key, text]) => key in english && placeholders(text).join() !== placeholders(english[key]!).join(),
  )
  expect(off).toEqual([])
})
