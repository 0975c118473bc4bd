/** Hundreds of kinds of broken and hostile input: each is answered by a sentence and a remedy, soon, and nothing is run. */
import { afterAll, describe, expect, it } from 'vitest'
import { readTorch } from '../../src/formats/torch-zip/read'
import { TorchTensor } from '../../src/formats/torch-zip/values'
import { arrangements } from './arrangements'
import { borders } from './borders'
import { checkpoints, good } from './checkpoints'
import { said, type Kinds } from './kind'
import { pictures } from './pictures'
import { projects } from './projects'
import { tables } from './tables'
import { tensors } from './tensors'
import { zips } from './zips'

const INPUTS: Readonly<Record<string, Kinds>> = {
  ...{ zips, pictures, tables, arrangements },
  ...{ projects, borders, tensors, checkpoints },
}

/** So many kinds were asked for. */
const WANTED = 300

/** One sentence, or a clause of a list: one line, and nothing of the program's insides. */
function expectSentence(sentence: string): void {
  expect(sentence).toMatch(/^[^\n]{8,400}$/)
  expect(sentence).not.toMatch(/undefined|\[object|\bat \S+:\d+|TypeError|RangeError|Invalid input/)
}

for (const [input, kinds] of Object.entries(INPUTS)) {
  describe(input, () => {
    it.each(Object.entries(kinds))('%s', async (_, kind) => {
      const before = performance.now()
      const { message, remedy } = await said(kind)
      expect(performance.now() - before).toBeLessThan(10_000)
      if (kind.says instanceof RegExp) expect(message).toMatch(kind.says)
      else expect(message).toContain(kind.says)
      expectSentence(message)
      if (remedy === null) return
      expect(message).toMatch(/\.$/)
      expectSentence(remedy)
      expect(remedy).toMatch(/\.$/)
    })
  })
}

it('the good checkpoint that the bad ones are made of is read', () => {
  const value = readTorch('good', good)
  expect(value).toBeInstanceOf(TorchTensor)
  expect([...(value as TorchTensor).read().values]).toEqual([0, 0, 0, 0])
})

describe('their number', () => {
  const counts = Object.entries(INPUTS).map(([input, kinds]) => [input, Object.keys(kinds).length] as const)
  const total = counts.reduce((sum, [, count]) => sum + count, 0)

  it(`is ${WANTED} at least`, () => {
    expect(total).toBeGreaterThanOrEqual(WANTED)
  })

  afterAll(() => {
    process.stdout.write(
      `${total} kinds of broken input: ${counts.map(([input, count]) => `${input} ${count}`).join(', ')}\n`,
    )
  })
})
