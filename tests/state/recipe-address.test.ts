/** The recipe in the address: what was set comes back, nonsense is passed over, and nothing else is written there. */
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { applyRecipeAddress, hiddenParts, recipeQuery } from '../../src/state/recipe-address'
import { formatHash, parseHash } from '../../src/state/route'
import { initialRun, runStore } from '../../src/state/run'

beforeEach(() => runStore.setState(initialRun, true))

const queryOf = (values: Readonly<Record<string, string | null>>) => {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null)
  return new URLSearchParams(given)
}

it('every setting comes back from its own address', () => {
  const settings = fc.record({
    recipeName: fc.constantFrom('quick' as const, 'paper' as const),
    seed: fc.nat(),
    overrides: fc.record(
      {
        steps: fc.integer({ min: 1, max: 1e6 }),
        borderFraction: fc.double({ min: 0.001, max: 0.499, noNaN: true }),
        learningRate: fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
        batchSize: fc.integer({ min: 1, max: 4096 }),
        init: fc.constantFrom('zero' as const, 'normal' as const),
      },
      { requiredKeys: [] },
    ),
  })
  fc.assert(
    fc.property(settings, (wanted) => {
      const { query } = parseHash(formatHash({ view: 'learn', query: queryOf(recipeQuery(wanted)) }))
      runStore.setState(initialRun, true)
      applyRecipeAddress(query)
      const { recipeName, seed, overrides } = runStore.getState()
      expect({ recipeName, seed, overrides }).toEqual(wanted)
    }),
  )
})

it('what is as it comes is not written', () => {
  expect(queryOf(recipeQuery(initialRun)).toString()).toBe('')
})

it.each(['recipe=none', 'seed=-1', 'seed=x', 'steps=0', 'steps=many', 'border=0.7', 'rate=-1', 'batch=', 'init=ones'])(
  '%s changes nothing',
  (text) => {
    applyRecipeAddress(new URLSearchParams(text))
    expect(runStore.getState()).toEqual(initialRun)
  },
)

it('an address of no view is Learn, and hides only what can be hidden', () => {
  expect(parseHash('#nowhere?x=1').view).toBe('learn')
  expect(parseHash('#/runs').view).toBe('runs')
  expect([...hiddenParts(new URLSearchParams('hide=recipe,model,main'))]).toEqual(['model', 'recipe'])
})
