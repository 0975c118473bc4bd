/** The memory model: liveness on graphs small enough to count by hand, and the runtime's ways of giving out buffers. */
import { describe, expect, it } from 'vitest'
import { crossEntropyHead } from '../../src/gradient/heads'
import { trainingModel } from '../../src/gradient/training'
import { GraphBuilder } from '../../src/onnx/builder'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel } from '../../src/onnx/write'
import { graphMemory, HOST, WEBGPU } from '../../src/runtime/memory'

const exact = { ...HOST, keeps: true }

/** x [n] -> a = -x, b = -a, c = a + b, d = -c: a lives over b. */
function chain(n: number) {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', [n])
  const a = b.neg(x)
  const second = b.neg(a)
  return b.toModel([b.neg(b.add(a, second))])
}

describe('memory of a graph', () => {
  it('is what lives at once: x, a, b and c when c is made', () => {
    const n = 100
    expect(graphMemory(chain(n), HOST)).toEqual({ weights: 0, saved: 0, activations: 4 * (4 * n) })
  })

  it('is made of multiples of 16 bytes on WebGPU, and a buffer is given out again only after a submit', () => {
    // x, a, b, c, d of 404 bytes: five buffers, since all five nodes go out with one submit.
    expect(graphMemory(chain(101), WEBGPU).activations).toBe(5 * 416)
    expect(graphMemory(chain(101), { ...WEBGPU, nodesPerSubmit: 1 }).activations).toBe(4 * 416)
  })

  it('keeps buffers for values of their size', () => {
    const b = new GraphBuilder()
    const x = b.input('x', 'float32', [8])
    const wide = b.expand(b.reshape(b.neg(b.neg(x)), [8, 1]), [8, 4])
    const model = b.toModel([b.reduceSum(b.neg(b.neg(wide)), [0, 1])])
    // Alive at once: x and two of the wide; but once the narrow ones are made they stay.
    expect(graphMemory(model, HOST).activations).toBe(32 + 128 + 128)
    expect(graphMemory(model, exact).activations).toBe(32 + 2 * 32 + 2 * 128 + 4)
  })

  it('counts a reshape as nothing, and weights apart', () => {
    const b = new GraphBuilder()
    const x = b.input('x', 'float32', [4, 6])
    const w = b.constant(
      'float32',
      [24, 5],
      Array.from({ length: 120 }, (_, i) => i),
    )
    const model = b.toModel([b.op('MatMul', [b.reshape(x, [1, 24]), w])])
    const { weights, activations } = graphMemory(model, HOST)
    // The shape that the reshape reads is a constant of two int64.
    expect([weights, activations]).toEqual([4 * 120 + 16, 4 * (24 + 5)])
  })

  it('holds what the backward reads of the forward until the end', () => {
    const [B, P, D] = [3, 20, 7]
    const b = new GraphBuilder()
    const x = b.input('pixels', 'float32', [B, P])
    const w = b.constant(
      'float32',
      [P, D],
      Array.from({ length: P * D }, () => 1),
    )
    b.op('Tanh', [b.op('MatMul', [x, w])], {}, 'embeds')
    const encoder = decodeModel(encodeModel(b.toModel(['embeds'])))
    const options = { inputs: { pixels: [B, P] }, output: 'embeds', wrt: ['pixels'] }
    const { model } = trainingModel(encoder, { ...options, head: crossEntropyHead({ classes: 4 }) })
    const memory = graphMemory(model, HOST)
    // At least Tanh's output, which its gradient reads, and the probabilities.
    expect(memory.saved).toBeGreaterThanOrEqual(4 * B * D + 4 * B * 4)
    expect(memory.activations).toBeGreaterThan(memory.saved + 4 * B * P)
    const { model: forward } = trainingModel(encoder, {
      ...{ ...options, inputs: { pixels: [2 * B, P] } },
      head: crossEntropyHead({ classes: 4 }),
    })
    expect(graphMemory(forward, HOST).saved).toBe(2 * memory.saved)
  })
})
