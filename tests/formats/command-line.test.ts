/** The command of a run: sh takes it apart into what was meant, and the command line makes the same recipe of it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../src/cli/options'
import { changedRecipe } from '../../src/cli/recipe-options'
import { DEFAULT_SPLIT, DEFAULT_TEMPLATE, type Arrangement } from '../../src/data/arrangement'
import { quoted, runCommand as commandOf, type ArrangedAs } from '../../src/formats/command-line'
import { cleanClassName } from '../../src/models/class-names'
import { textOf } from '../../src/sentence'
import { borderWidth, type Recipe } from '../../src/learning/recipe'
import { paper, quick, recipeByName } from '../../src/learning/recipes'
import type { RunRecord } from '../../src/records/run-record'
import { words } from '../support/shell-words'
import { aRecord } from './a-run'

/** As the images come: own folders, or the sample. */
function plain({ task }: RunRecord): ArrangedAs {
  const own = (folder: string) => ({ folder, name: cleanClassName(folder) })
  const listed =
    task.sample === null
      ? task.classes.map(({ folder }) => own(folder)).sort((a, b) => (a.folder < b.folder ? -1 : 1))
      : task.classes
  const classes = listed.map(({ folder, name }) => ({ key: folder, name, folders: [folder], included: true }))
  return {
    arrangement: {
      ...{ classes, labels: {}, without: [] },
      template: task.sample === null ? DEFAULT_TEMPLATE : task.template,
      split: { ...DEFAULT_SPLIT, seed: task.sample === null ? (task.splitSeed ?? 0) : 0 },
    },
    file: 'my classes.json',
    sample: task.sample === null ? null : task,
  }
}

function runCommand(record: RunRecord, arranged = plain(record)) {
  const made = commandOf(record, arranged)
  return made && { command: made.command, notes: made.notes.map((note) => textOf(note)) }
}

/** The recipe that the command line would learn by (src/cli/learn.ts). */
function recipeOf(args: readonly string[], run: RunRecord): Recipe {
  const options = parseOptions(args)
  if (options === 'help') throw new Error('help')
  const images = run.task.counts.train.reduce((sum, count) => sum + count, 0)
  const recipe = recipeByName(options.recipe, images, run.model.kind)
  const { steps } = options
  const long =
    steps === null ? recipe : { ...recipe, steps, warmupSteps: Math.min(recipe.warmupSteps, Math.floor(steps / 2)) }
  return changedRecipe(long, options.changes, run.model.imageSize)
}

const embedded = { ...aRecord().model, id: 'stamp', name: 'stamp', imageSize: 64 }
const sample = { ...aRecord().task, sample: 'count' }
const run = (recipe: Recipe, changes: Partial<RunRecord> = {}) =>
  aRecord({
    recipe,
    border: borderWidth(recipe, 64),
    model: embedded,
    task: sample,
    engine: 'node-cpu',
    seed: 1,
    ...changes,
  })

describe('the command of a run', () => {
  it('is short where everything is as usual', () => {
    expect(runCommand(run(quick))).toEqual({ command: 'npm run demo -- --task count', notes: [] })
  })

  it('says what is not', () => {
    const command = runCommand(
      run({ ...quick, steps: 7, borderFraction: 3 / 64, learningRate: 0.025 }, { seed: 5, engine: 'wasm' }),
    )
    expect(command?.command).toBe(
      'npm run demo -- --task count --steps 7 --border 3 --learning-rate 0.025 --seed 5 --backend wasm',
    )
  })

  it('of any recipe gives the same recipe', () => {
    const rate = fc.double({ min: 1e-6, max: 100, noNaN: true })
    const share = fc.double({ min: 0, max: 0.99, noNaN: true })
    const optimiser = fc.oneof(
      fc.record({ kind: fc.constant('sgd' as const), momentum: share, normaliseGradient: fc.boolean() }),
      fc.record({ kind: fc.constant('adam' as const), beta1: share, beta2: share, epsilon: rate }),
      fc.constantFrom(quick.optimiser, paper(60).optimiser),
    )
    const changes = fc.record(
      {
        init: fc.constantFrom('zero' as const, 'normal' as const),
        optimiser,
        learningRate: rate,
        steps: fc.integer({ min: 1, max: 5000 }),
        warmupSteps: fc.nat(900),
        batchSize: fc.integer({ min: 1, max: 512 }),
        shiftFraction: fc.double({ min: 0, max: 0.49, noNaN: true }),
        validateEvery: fc.integer({ min: 1, max: 99 }),
        borderFraction: fc.integer({ min: 1, max: 31 }).map((pixels) => pixels / 64),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.constantFrom(quick, paper(60)), changes, (base, change) => {
        const of = run({ ...base, ...change })
        // The words of these need no shell to be taken apart: they are numbers.
        const args = runCommand(of)!.command.split(' ').slice(4)
        expect(recipeOf(args, of)).toEqual(of.recipe)
      }),
      { numRuns: 200 },
    )
  })

  it('names images, model and what it cannot say', () => {
    const own = runCommand(aRecord({ engine: 'webgpu', outputs: [2, 0, 1] }))!
    const options = parseOptions(words(own.command))
    expect(options).toMatchObject({
      data: 'Three things',
      splitSeed: 5,
      outputs: [2, 0, 1],
      model: 'public/models/tiny',
    })
    expect(own.notes.join('\n')).toContain('fingerprint cdcdcdcdcdcd')
    expect(own.notes.join('\n')).toContain('WebGPU')
    const hub = runCommand(
      run(quick, { model: { ...embedded, origin: 'hub', id: 'org/clip', name: 'clip', variant: 'fp16' } }),
    )
    expect(hub?.command).toContain('--model clip')
    expect(hub?.notes[0]).toContain('org/clip (fp16)')
    const unknown = runCommand(aRecord(), { ...plain(aRecord()), arrangement: null })
    expect(unknown?.command).not.toContain('arrangement')
    expect(unknown?.notes.join()).toContain('not kept')
  })

  describe('of images that a person arranged names the file of the arrangement', () => {
    type Change = (of: Arrangement) => Partial<Arrangement>
    it.each<[string, Change]>([
      ['a class left out', ({ classes: [first, ...rest] }) => ({ classes: [{ ...first!, included: false }, ...rest] })],
      ['a class renamed', ({ classes: [first, ...rest] }) => ({ classes: [{ ...first!, name: 'x' }, ...rest] })],
      ['another order', ({ classes }) => ({ classes: [...classes].reverse() })],
      [
        'classes merged',
        ({ classes: [a, b, ...rest] }) => ({ classes: [{ ...a!, folders: [a!.key, b!.key] }, ...rest] }),
      ],
      ['labels by hand', ({ classes }) => ({ labels: { ab: classes[0]!.key } })],
      ['a picture taken out', () => ({ without: ['ab'] })],
      ['another template', () => ({ template: 'art of {}' })],
      ['few shots', ({ split }) => ({ split: { ...split, shots: 4 } })],
      ['other shares', ({ split }) => ({ split: { ...split, val: 0.3 } })],
      ['splits by chance', ({ split }) => ({ split: { ...split, from: 'chance' } })],
      ['near-duplicates together', ({ split }) => ({ split: { ...split, together: true } })],
    ])('%s', (_, change) => {
      for (const record of [aRecord(), run(quick)]) {
        const { arrangement, ...rest } = plain(record)
        const arranged = { ...rest, arrangement: { ...arrangement!, ...change(arrangement!) } }
        const made = runCommand(record, arranged)!
        expect(parseOptions(words(made.command))).toMatchObject({ arrangement: 'my classes.json', splitSeed: 0 })
        expect(made.notes.join()).toContain('"my classes.json"')
        expect(runCommand(record)!.command).not.toContain('--arrangement')
      }
    })

    it('a sample without one of its classes', () => {
      const { arrangement, ...rest } = plain(run(quick))
      const fewer = { ...rest, arrangement: { ...arrangement!, classes: arrangement!.classes.slice(0, -1) } }
      expect(runCommand(run(quick), fewer)!.command).toContain('--arrangement')
    })

    it('a sample split by another seed', () => {
      const { arrangement, ...rest } = plain(run(quick))
      const seeded = { ...rest, arrangement: { ...arrangement!, split: { ...DEFAULT_SPLIT, seed: 3 } } }
      const drawn = run(quick, { task: { ...sample, splitSeed: 3 } })
      expect(runCommand(drawn, seeded)!.command).toContain('--arrangement')
      // Where all splits came with the images, a seed decides nothing.
      expect(runCommand(run(quick, { task: { ...sample, splitSeed: null } }), seeded)!.command).not.toContain('--arr')
    })
  })

  it('is none where nothing was learned', () => {
    expect(runCommand(aRecord({ kind: 'transfer', origin: 'x' }))).toBeNull()
  })
})

describe('a word of sh', () => {
  it.each([
    '',
    ' ',
    "it's",
    '$(rm -rf /)',
    '`id`',
    'a;b',
    'a\nb',
    '~',
    '*',
    '"',
    '\\',
    '!x',
    '-rf',
    '--help',
    '#',
    'Grüße 🖼',
    "''",
  ])('%j stays what it is', (title) => {
    const { command } = runCommand(aRecord({ task: { ...aRecord().task, title } }))!
    expect(parseOptions(words(command))).toMatchObject({ data: title })
  })

  it('loses what no word can hold', () => {
    expect(quoted('a\0b')).toBe('ab')
  })

  it('whatever it is, sh reads it back', () => {
    const letter = fc.oneof(
      fc.constantFrom(...`'"$\`\\!*?~ \n\t;&|<>(){}[]#-`),
      fc.integer({ min: 1, max: 0xd7ff }).map((code) => String.fromCharCode(code)),
    )
    const clean = fc.sample(fc.string({ unit: letter, maxLength: 12 }), 300)
    expect(words(`npm run demo -- ${clean.map(quoted).join(' ')}`)).toEqual(clean)
  })
})
