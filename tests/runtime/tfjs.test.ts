import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../src/runtime/tfjs'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'

describe('tfjs on its WASM backend', () => {
  beforeAll(useTfjsWasm)

  it('is the current backend', () => {
    expect(tf.getBackend()).toBe('wasm')
  })

  it('pulls a gradient back through concat and a broadcast add', async () => {
    const prompt = tf.tensor([1, 2], [1, 2])
    const images = tf.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3])
    const dy = tf.tensor([1, 10, 100, 2, 20, 200, 3, 30, 300], [3, 3])
    const compose = (p: tf.Tensor) => tf.add(images, tf.concat([p, tf.zeros([1, 1])], 1))
    expect(Array.from(await compose(prompt).data())).toEqual([2, 4, 3, 5, 7, 6, 8, 10, 9])
    expect(Array.from(await tf.grad(compose)(prompt, dy).data())).toEqual([6, 60])
  })

  it('has chained methods', async () => {
    expect(await tf.tensor1d([3, 4]).square().sum().sqrt().array()).toBe(5)
  })
})
