/** Studies as files: what is read, what is refused, and when two cells are the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { keyOf, parseStudy, type Cell } from '../../src/study/plan'

const PLAN = {
  version: 1,
  title: 'two',
  model: 'public/models/stamp',
  tasks: [{ sample: 'counting' }, { images: 'a.zip' }],
  seeds: [1, 2],
  methods: [
    { label: 'zero-shot', method: 'zero-shot' },
    { label: 'probe', method: 'linear-probe', c: 0.316 },
  ],
}
const parse = (plan: unknown) => parseStudy(JSON.stringify(plan), 'two.json')

describe('a study', () => {
  it('is read, and what is not said is the default', () => {
    const plan = parse(PLAN)
    expect(plan.tasks[1]).toEqual({ images: 'a.zip', splitSeed: 0 })
    expect(plan.methods[1]).toEqual({ label: 'probe', method: 'linear-probe', c: 0.316 })
  })

  it.each([
    ['no JSON', '{', /is not JSON/],
    ['another version', { ...PLAN, version: 2 }, /at version/],
    ['a method that there is not', { ...PLAN, methods: [{ label: 'x', method: 'magic' }] }, /at methods\.0\.method/],
    [
      'a setting that there is not',
      { ...PLAN, methods: [{ label: 'x', method: 'k-nearest', kk: 1 }] },
      /at methods\.0.*kk/,
    ],
    ['no seeds', { ...PLAN, seeds: [] }, /at seeds/],
    [
      'an adapter that is to serve new classes',
      { ...PLAN, protocol: 'base-to-new' },
      /goes from base to new classes, and "probe" answers only/,
    ],
    [
      'a context of each class for new classes',
      { ...PLAN, protocol: 'base-to-new', methods: [{ label: 'x', method: 'coop', classSpecific: true }] },
      /"x" answers only for those it was learned on/,
    ],
    ['steps to no method', { ...PLAN, stepsTo: 'paper' }, /steps to "paper".*no such method/],
    ['a shift that there is not', { ...PLAN, tasks: [{ sample: 'x', shifts: [{ kind: 'rain' }] }] }, /at tasks\.0/],
    ['two of one label', { ...PLAN, methods: [PLAN.methods[0], PLAN.methods[0]] }, /two methods called "zero-shot"/],
  ])('with %s is refused', (_, plan, message) => {
    expect(() => (typeof plan === 'string' ? parseStudy(plan, 'two.json') : parse(plan))).toThrow(message)
  })

  it('from base to new classes takes what reads class names', () => {
    const methods = ['zero-shot', 'coop', 'cocoop', 'tpt'].map((method) => ({ label: method, method }))
    expect(parse({ ...PLAN, protocol: 'base-to-new', methods }).protocol).toBe('base-to-new')
  })

  it.each(readdirSync('studies'))('%s in the folder of studies can be read', (file) => {
    expect(parseStudy(readFileSync(`studies/${file}`, 'utf8'), file).methods.length).toBeGreaterThan(1)
  })

  it('in the folder of studies can be read', () => {
    const read = (name: string) => parseStudy(readFileSync(`studies/${name}.json`, 'utf8'), name)
    expect(read('sample-tasks').methods.length).toBeGreaterThan(7)
    expect(read('base-to-new').protocol).toBe('base-to-new')
  })
})

describe('the key of a cell', () => {
  const cell: Cell = {
    ...{ modelSha256: 'm', fingerprint: 'f', template: 'a {}', seed: 1 },
    contender: { label: 'near', method: 'k-nearest', k: 5 },
  }

  it('does not know the label, nor the order of settings', () => {
    const again: Cell = { ...cell, contender: { k: 5, method: 'k-nearest', label: 'five neighbours' } }
    expect(keyOf(again)).toBe(keyOf(cell))
  })

  it('knows everything else', () => {
    const others: Partial<Cell>[] = [
      { modelSha256: 'n' },
      { fingerprint: 'g' },
      { template: 'the {}' },
      { seed: 2 },
      { contender: { label: 'near', method: 'k-nearest', k: 6 } },
      { contender: { label: 'near', method: 'k-nearest' } },
      { protocol: 'base-to-new' },
      { context: 'c' },
    ]
    const keys = [cell, ...others.map((other) => ({ ...cell, ...other }))].map(keyOf)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
