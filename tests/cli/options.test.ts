/** The command line: defaults, every option, and one sentence with a remedy for what it does not understand. */
import { describe, expect, it } from 'vitest'
import { HELP, parseOptions } from '../../src/cli/options'
import { changedRecipe, RECIPE_OPTIONS } from '../../src/cli/recipe-options'
import { quick } from '../../src/learning/recipes'

describe('options of the demo', () => {
  it('have defaults', () => {
    expect(parseOptions([])).toEqual({
      task: null,
      data: null,
      arrangement: null,
      model: 'public/models/stamp',
      outputs: null,
      recipe: 'quick',
      steps: null,
      changes: {},
      seed: 1,
      splitSeed: 0,
      backend: 'cpu',
      out: 'demo-out',
      json: null,
    })
  })

  it('are all read, and all in the help', () => {
    const args =
      '--data a.zip --arrangement b.json --model m --outputs 4,0 --recipe paper --steps 7 --border 3 --momentum 0.5 --split-seed 4 --seed 0 --backend wasm --out o --json j.json'
    expect(parseOptions(args.split(' '))).toEqual({
      task: null,
      data: 'a.zip',
      arrangement: 'b.json',
      model: 'm',
      outputs: [4, 0],
      recipe: 'paper',
      steps: 7,
      changes: { border: '3', momentum: '0.5' },
      seed: 0,
      splitSeed: 4,
      backend: 'wasm',
      out: 'o',
      json: 'j.json',
    })
    expect(parseOptions(['--task', 'digits'])).toMatchObject({ task: 'digits' })
    expect(parseOptions(['--help', '--steps', 'x'])).toBe('help')
    for (const name of [
      'task',
      'data',
      'model',
      'outputs',
      'recipe',
      'steps',
      'seed',
      'backend',
      'out',
      'json',
      'help',
      'split-seed',
      'arrangement',
      ...RECIPE_OPTIONS,
    ]) {
      expect(HELP).toContain(`--${name}`)
    }
  })

  it.each([
    [['--nonsense'], /^Unknown option '--nonsense'\.$/],
    [['left', 'over'], /left/],
    [['--steps'], /--steps/],
    [['--steps', '0'], /^--steps cannot be "0"\.$/],
    [['--steps', '1.5'], /^--steps cannot be "1\.5"\.$/],
    [['--outputs', '1,,2'], /^--outputs cannot be ""\.$/],
    [['--seed', 'one'], /^--seed cannot be "one"\.$/],
    [['--backend', 'gpu'], /^--backend cannot be "gpu"\.$/],
    [['--recipe', 'slow'], /^--recipe cannot be "slow"\.$/],
    [['--task', 'a', '--data', 'b'], /^--task and --data name two different sets of images\.$/],
  ])('refuse %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringMatching(message) as string }),
    )
  })
})

describe('options of the recipe', () => {
  it('change what they name, and nothing else', () => {
    expect(changedRecipe(quick, {}, 64)).toEqual(quick)
    expect(changedRecipe(quick, { border: '3', batch: '8', 'learning-rate': '1e-2' }, 64)).toEqual({
      ...quick,
      borderFraction: 3 / 64,
      batchSize: 8,
      learningRate: 0.01,
    })
    expect(changedRecipe(quick, { optimiser: 'sgd', momentum: '0' }, 64).optimiser).toEqual({
      kind: 'sgd',
      momentum: 0,
      normaliseGradient: false,
    })
    expect(changedRecipe(quick, { epsilon: '1e-4' }, 64).optimiser).toEqual({ ...quick.optimiser, epsilon: 1e-4 })
  })

  it.each([
    [{ border: '32' }, /^--border cannot be "32"\.$/],
    [{ border: '1.5' }, /^--border cannot/],
    [{ batch: 'many' }, /^--batch cannot be "many"\.$/],
    [{ batch: '0' }, /^--batch cannot be "0"\.$/],
    [{ warmup: '-1' }, /^--warmup cannot be "-1"\.$/],
    [{ 'learning-rate': '0' }, /^--learning-rate cannot be "0"\.$/],
    [{ shift: '0.5' }, /^--shift cannot be "0\.5"\.$/],
    [{ init: 'ones' }, /^--init cannot be "ones"\.$/],
    [{ optimiser: 'lion' }, /^--optimiser cannot be "lion"\.$/],
    [{ momentum: '0.9' }, /^--momentum is no option of the optimiser adam\.$/],
    [{ optimiser: 'sgd', 'normalise-gradient': 'maybe' }, /^--normalise-gradient cannot be "maybe"\.$/],
    [{ optimiser: 'sgd', momentum: '1' }, /^--momentum cannot be "1"\.$/],
  ])('refuse %j', (changes, message) => {
    expect(() => changedRecipe(quick, changes, 64)).toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringMatching(message) as string }),
    )
  })
})
