/** Optimisers against a plain loop over numbers, written from the PyTorch documentation. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  adam,
  createOptimiser,
  disposeOptimiser,
  loadOptimiser,
  saveOptimiser,
  sgd,
} from '../../src/learning/optimiser'
import { grouped, signSgd } from '../../src/learning/optimiser-groups'
import { tf } from '../../src/runtime/tfjs'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'

beforeAll(useTfjsWasm)

const START = { a: [1, -2, 0.5], b: [3, 0] }
const gradientAt = (step: number) => ({
  a: [Math.sin(step), Math.cos(step), 0.3],
  b: [0, -Math.sin(2 * step)],
})

type Plain = Record<string, number[]>

function plainSteps(steps: number, rule: (p: number, g: number, slot: number[], t: number) => number): Plain {
  const parameters: Plain = structuredClone(START)
  const slots = Object.fromEntries(Object.entries(START).map(([name, values]) => [name, values.map(() => [0, 0])]))
  for (let t = 1; t <= steps; t++) {
    const gradient: Plain = gradientAt(t)
    for (const [name, values] of Object.entries(parameters)) {
      parameters[name] = values.map((p, i) => rule(p, gradient[name]![i]!, slots[name]![i]!, t))
    }
  }
  return parameters
}

async function tfSteps(steps: number, optimiser: ReturnType<typeof sgd>, rate: number): Promise<Plain> {
  let parameters: Record<string, tf.Tensor> = { a: tf.tensor1d(START.a), b: tf.tensor1d(START.b) }
  let state = optimiser.init(parameters)
  for (let t = 1; t <= steps; t++) {
    const { a, b } = gradientAt(t)
    const gradient = { a: tf.tensor1d(a), b: tf.tensor1d(b) }
    const updated = optimiser.update(gradient, state, parameters, rate)
    tf.dispose({ ...parameters })
    tf.dispose(gradient)
    disposeOptimiser(state)
    ;({ state } = updated)
    parameters = { ...updated.parameters }
  }
  const plain = { a: Array.from(await parameters.a!.data()), b: Array.from(await parameters.b!.data()) }
  tf.dispose(parameters)
  disposeOptimiser(state)
  return plain
}

function expectClose(actual: Plain, expected: Plain) {
  for (const [name, values] of Object.entries(expected)) {
    values.forEach((value, i) => expect(actual[name]![i]).toBeCloseTo(value, 5))
  }
}

describe('SGD with momentum', () => {
  it('is v <- m v + g, p <- p - rate v', async () => {
    const rule = (p: number, g: number, slot: number[]) => {
      slot[0] = 0.9 * slot[0]! + g
      return p - 0.1 * slot[0]
    }
    const optimiser = sgd({ kind: 'sgd', momentum: 0.9, normaliseGradient: false })
    expectClose(await tfSteps(7, optimiser, 0.1), plainSteps(7, rule))
  })

  it('adds the decayed parameters to the gradient when told to', async () => {
    const rule = (p: number, g: number, slot: number[]) => {
      slot[0] = 0.9 * slot[0]! + g + 0.2 * p
      return p - 0.1 * slot[0]
    }
    const optimiser = sgd({ kind: 'sgd', momentum: 0.9, normaliseGradient: false, weightDecay: 0.2 })
    expectClose(await tfSteps(7, optimiser, 0.1), plainSteps(7, rule))
  })

  it('looks ahead by Nesterov when told to', async () => {
    const rule = (p: number, g: number, slot: number[]) => {
      slot[0] = 0.9 * slot[0]! + g
      return p - 0.1 * (g + 0.9 * slot[0])
    }
    const optimiser = sgd({ kind: 'sgd', momentum: 0.9, normaliseGradient: false, nesterov: true })
    expectClose(await tfSteps(7, optimiser, 0.1), plainSteps(7, rule))
  })

  it('divides by the norm over all parameters when told to', async () => {
    const rule = (p: number, g: number, slot: number[], t: number) => {
      const norm = Math.hypot(...Object.values(gradientAt(t)).flat())
      slot[0] = 0.5 * slot[0]! + g / norm
      return p - 2 * slot[0]
    }
    const optimiser = sgd({ kind: 'sgd', momentum: 0.5, normaliseGradient: true })
    expectClose(await tfSteps(5, optimiser, 2), plainSteps(5, rule))
  })

  it('stays where it is when the gradient is zero', async () => {
    const optimiser = sgd({ kind: 'sgd', momentum: 0, normaliseGradient: true })
    const p = { a: tf.tensor1d([1, 2]) }
    const g = { a: tf.tensor1d([0, 0]) }
    expect([...(await optimiser.update(g, optimiser.init(p), p, 1).parameters.a!.data())]).toEqual([1, 2])
  })
})

describe('Adam', () => {
  const options = { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-3 } as const

  it('is that of PyTorch, with bias correction and epsilon outside the root', async () => {
    const rule = (p: number, g: number, slot: number[], t: number) => {
      slot[0] = 0.9 * slot[0]! + 0.1 * g
      slot[1] = 0.99 * slot[1]! + 0.01 * g * g
      return p - ((0.05 / (1 - 0.9 ** t)) * slot[0]) / (Math.sqrt(slot[1]) / Math.sqrt(1 - 0.99 ** t) + 1e-3)
    }
    expectClose(await tfSteps(9, adam(options), 0.05), plainSteps(9, rule))
  })

  it('adds the decayed parameters to the gradient when told to', async () => {
    const rule = (p: number, plain: number, slot: number[], t: number) => {
      const g = plain + 0.3 * p
      slot[0] = 0.9 * slot[0]! + 0.1 * g
      slot[1] = 0.99 * slot[1]! + 0.01 * g * g
      return p - ((0.05 / (1 - 0.9 ** t)) * slot[0]) / (Math.sqrt(slot[1]) / Math.sqrt(1 - 0.99 ** t) + 1e-3)
    }
    expectClose(await tfSteps(9, adam({ ...options, weightDecay: 0.3 }), 0.05), plainSteps(9, rule))
  })

  it('continues from its saved state bit for bit', async () => {
    const optimiser = createOptimiser(options)
    const p = { a: tf.tensor1d([0.1, -7]) }
    const g = { a: tf.tensor1d([0.01, 3]) }
    const once = optimiser.update(g, optimiser.init(p), p, 0.1)
    const straight = optimiser.update(g, once.state, once.parameters, 0.1)
    const resumed = optimiser.update(g, loadOptimiser(await saveOptimiser(once.state)), once.parameters, 0.1)
    expect(await resumed.parameters.a!.data()).toEqual(await straight.parameters.a!.data())
    expect(resumed.state.step).toBe(2)
  })
})

describe('groups of parameters', () => {
  it('go by optimisers and rates of their own, and by the sign alone', async () => {
    const momentum = sgd({ kind: 'sgd', momentum: 0.9, normaliseGradient: false })
    const before = tf.memory().numTensors
    const both = await tfSteps(
      6,
      grouped([
        { names: ['b'], optimiser: signSgd(), factor: 2 },
        { names: ['a'], optimiser: momentum, factor: 0.5 },
      ]),
      0.1,
    )
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before)
    const a = (p: number, g: number, slot: number[]) => {
      slot[0] = 0.9 * slot[0]! + g
      return p - 0.05 * slot[0]
    }
    expectClose(both, { a: plainSteps(6, a).a!, b: plainSteps(6, (p, g) => p - 0.2 * Math.sign(g)).b! })
  })
})

describe('AdamW', () => {
  it('is that of PyTorch (tools/reference/tip_adapter.py)', async () => {
    const { adamw: torch } = JSON.parse(readFileSync('tests/fixtures/probe/tip-adapter.json', 'utf8')) as {
      adamw: { start: number[]; gradients: number[][]; steps: number[][] }
    }
    const optimiser = createOptimiser({ kind: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weightDecay: 0.1 })
    let parameters: Record<string, tf.Tensor> = { a: tf.tensor1d(torch.start) }
    let state = optimiser.init(parameters)
    const before = tf.memory().numTensors
    for (const [i, gradient] of torch.gradients.entries()) {
      const g = { a: tf.tensor1d(gradient) }
      const updated = optimiser.update(g, state, parameters, 0.05)
      tf.dispose([g, parameters])
      disposeOptimiser(state)
      ;({ state } = updated)
      parameters = { ...updated.parameters }
      const found = await parameters.a!.data()
      torch.steps[i]!.forEach((value, at) => expect(Math.abs(found[at]! - value)).toBeLessThan(1e-6))
    }
    expect(tf.memory().numTensors).toBe(before)
    tf.dispose(parameters)
    disposeOptimiser(state)
  })
})

it('frees what it makes on the way', () => {
  const optimiser = adam({ kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })
  const p = { a: tf.zeros([4]) }
  const state = optimiser.init(p)
  const before = tf.memory().numTensors
  optimiser.update(p, state, p, 1)
  expect(tf.memory().numTensors - before).toBe(3)
})
