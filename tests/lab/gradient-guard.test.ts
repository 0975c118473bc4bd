/** Before a model's first run its gradient is checked, once; a wrong one stops the run with a sentence. */
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { GradientGuard } from '../../src/lab/gradient-guard'
import type { LabEvent } from '../../src/lab/protocol'
import type { GradientCheck } from '../../src/methods/gradient-check'
import type { Engine, Outputs, Session } from '../../src/runtime/engine'
import { outOfMemory } from '../../src/runtime/fault'
import { tf } from '../../src/runtime/tfjs'
import { only, openLab, platform, RECIPE } from './tiny-lab'

/** The lab's platform whose engine doubles the gradient on its way out. */
const doubling: typeof platform = {
  ...platform,
  async openEngine(backend) {
    const { engine, capability } = await platform.openEngine(backend)
    const doubled = (outputs: Outputs) =>
      Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, name.startsWith('d_') ? tf.mul(t, 2) : t]))
    const wrapped = new Proxy(engine, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (name !== 'createSession') return typeof value === 'function' ? (value.bind(target) as unknown) : value
        return async (...model: Parameters<Engine['createSession']>): Promise<Session> => {
          const session = await target.createSession(...model)
          return {
            run: (feeds, use, fetches) =>
              session.run(feeds, (outputs) => use(tf.tidy(() => doubled(outputs))), fetches),
            dispose: () => session.dispose(),
          }
        }
      },
    })
    return { engine: wrapped, capability }
  },
}

describe('the lab', () => {
  it('checks the gradient before the first run of a model, and not again', async () => {
    const { lab, events } = await openLab()
    await lab.handle('start', { recipe: RECIPE, seed: 1, paused: true })
    const [found, ...more] = only(events, 'gradientCheck')
    expect(more).toEqual([])
    expect(found).toMatchObject({ model: 'stamp', pass: true })
    expect(found!.directions).toBeGreaterThan(0)
    expect(found!.alongGradient).toBeLessThan(0.03)
    expect(found!.seconds).toBeGreaterThan(0)
    await lab.handle('start', { recipe: RECIPE, seed: 2, paused: true })
    expect(only(events, 'gradientCheck')).toHaveLength(1)
    await lab.handle('dispose', {})
  })

  it('does not learn by a gradient of twice the slope', async () => {
    const { lab, events } = await openLab(10, doubling)
    const refused = await lab
      .handle('start', { recipe: RECIPE, seed: 1, paused: false })
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(UserError)
    expect((refused as UserError).message).toMatch(
      /^The gradient of "stamp" is not the slope of its loss here \(it is off by \d+ %\)/,
    )
    expect(only(events, 'gradientCheck')[0]).toMatchObject({ pass: false })
    expect(only(events, 'steps')).toEqual([])
    // It is not taken for checked.
    await expect(lab.handle('start', { recipe: RECIPE, seed: 1, paused: false })).rejects.toThrow(/gradient of "stamp"/)
    await lab.handle('dispose', {})
  })
})

describe('GradientGuard', () => {
  const what = (faultOf: () => Promise<ReturnType<typeof outOfMemory> | null>) =>
    ({
      device: { open: () => Promise.reject(new Error('boom')), fault: () => null, faultOf },
      ...{ rows: 1, model: { name: 'm', sha256: 'x' }, engine: 'wasm' },
    }) as unknown as Parameters<GradientGuard['require']>[0]

  it('leaves a lost device to the run, and anything else to its caller', async () => {
    const events: LabEvent[] = []
    const never = (): Promise<GradientCheck> => Promise.reject(new Error('not to be reached'))
    const guard = new GradientGuard((event) => events.push(event), never)
    await guard.require(what(async () => outOfMemory('')))
    expect(events).toEqual([])
    await expect(guard.require(what(async () => null))).rejects.toThrow('boom')
  })
})
