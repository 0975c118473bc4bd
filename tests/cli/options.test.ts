/** The command line: defaults, every option, and one sentence with a remedy for what it does not understand. */
import { describe, expect, it } from 'vitest'
import { HELP, parseOptions } from '../../src/cli/options'

describe('options of the demo', () => {
  it('have defaults', () => {
    expect(parseOptions([])).toEqual({
      task: null,
      data: null,
      model: 'public/models/stamp',
      outputs: null,
      recipe: 'quick',
      steps: null,
      seed: 1,
      backend: 'cpu',
      out: 'demo-out',
      json: null,
    })
  })

  it('are all read, and all in the help', () => {
    const args =
      '--data a.zip --model m --outputs 4,0 --recipe paper --steps 7 --seed 0 --backend wasm --out o --json j.json'
    expect(parseOptions(args.split(' '))).toEqual({
      task: null,
      data: 'a.zip',
      model: 'm',
      outputs: [4, 0],
      recipe: 'paper',
      steps: 7,
      seed: 0,
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
