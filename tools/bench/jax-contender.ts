/**
 * A peer: the same CLIP image tower written in jax-js, compiled by its `jit`, on its own device. Weights are closed over, so
 * that no gradients of them are computed. Plain ViTs in the usual export only.
 */
import * as jax from '@jax-js/jax'
import { DELTA } from '../../src/methods/entry'
import type { OnnxModel } from '../../src/onnx/model'
import { tensorValues } from '../../src/onnx/tensor'
import { filledFeeds, type CaseOptions } from '../../tests/support/training-case'
import type { Comparable } from './engine-contender'

const { numpy: np, nn } = jax
type Array = jax.numpy.Array

export interface VisionShape {
  readonly patch: number
  readonly layers: number
  readonly heads: number
}

export async function jaxContender(
  device: 'webgpu' | 'wasm',
  model: OnnxModel,
  shape: VisionShape,
  options: CaseOptions,
): Promise<Comparable> {
  await jax.init(device)
  jax.defaultDevice(device)
  const weights = new Map<string, Array>()
  for (const [name, tensor] of model.graph.initializers) {
    if (tensor.dtype !== 'float32') continue
    weights.set(name, np.array(Float32Array.from(tensorValues(tensor)), { shape: [...tensor.dims] } as never))
  }
  const feeds = filledFeeds({ ...options, entry: 'delta' })
  const array = (name: keyof typeof feeds) =>
    np.array(feeds[name]!.data as Float32Array<ArrayBuffer>, { shape: [...feeds[name]!.dims] } as never)
  const [delta, pixels, classes, targets, rowWeights] = [
    array(DELTA),
    array('pixel_values'),
    array('class_embeddings'),
    array('targets'),
    array('weights'),
  ]
  const of = lossOf(weights, shape, options, classes, targets, rowWeights)
  /** Of what is added to every picture, by which it is differentiated. */
  const loss = (added: Array, pictures: Array) => of(pictures.add(added))
  const forward = jax.jit(loss)
  const step = jax.jit(jax.valueAndGrad(loss))
  const finished = async (arrays: Array[]) => {
    for (const each of arrays) (await each.blockUntilReady()).dispose()
  }
  return {
    forward: async () => finished([forward(delta.ref, pixels.ref) as Array]),
    step: async () => finished(step(delta.ref, pixels.ref) as Array[]),
    async values() {
      const [value, gradient] = step(delta.ref, pixels.ref) as [Array, Array]
      const numbers = async (each: Array) => (await each.data()) as unknown as Float32Array
      return { loss: (await numbers(value))[0]!, gradient: await numbers(gradient) }
    },
    async close() {
      for (const each of [...weights.values(), delta, pixels, classes, targets, rowWeights]) each.dispose()
    },
  }
}

/** The weighted cross-entropy of crossEntropyHead over the tower of Radford et al. 2021. */
function lossOf(
  weights: ReadonlyMap<string, Array>,
  { patch: P, layers, heads: H }: VisionShape,
  { batch: B, imageSize: S }: CaseOptions,
  classes: Array,
  targets: Array,
  rowWeights: Array,
) {
  const w = (name: string): Array => {
    const found = weights.get(name)
    if (!found) throw new Error(`the model has no weight ${name}`)
    return found.ref
  }
  const D = w('vision_model.embeddings.class_embedding').size
  const g = S / P
  const T = g * g + 1
  const layerNorm = (x: Array, name: string) => {
    const centred = x.ref.sub(np.mean(x, -1, { keepdims: true } as never))
    const variance = np.mean(np.square(centred.ref), -1, { keepdims: true } as never)
    return centred
      .div(np.sqrt(variance.add(1e-5)))
      .mul(w(`${name}.weight`))
      .add(w(`${name}.bias`))
  }
  const linear = (x: Array, name: string) => np.matmul(x, w(`onnx::MatMul_${name}`)).add(w(`${name}.bias`))
  const split = (x: Array) => x.reshape([B, T, H, D / H]).transpose([0, 2, 1, 3])

  return (pixels: Array): Array => {
    const patches = pixels
      .reshape([B, 3, g, P, g, P])
      .transpose([0, 2, 4, 1, 3, 5])
      .reshape([B, g * g, 3 * P * P])
    const kernel = w('vision_model.embeddings.patch_embedding.weight')
      .reshape([D, 3 * P * P])
      .transpose([1, 0])
    const first = np.tile(w('vision_model.embeddings.class_embedding').reshape([1, 1, D]), [B, 1, 1])
    let x = np.concatenate([first, np.matmul(patches, kernel)], 1)
    x = x.add(w('vision_model.embeddings.position_embedding.weight'))
    x = layerNorm(x, 'vision_model.pre_layrnorm')
    for (let l = 0; l < layers; l++) {
      const name = `vision_model.encoder.layers.${l}`
      const h = layerNorm(x.ref, `${name}.layer_norm1`)
      const q = split(linear(h.ref, `${name}.self_attn.q_proj`).mul((D / H) ** -0.5))
      const k = split(linear(h.ref, `${name}.self_attn.k_proj`))
      const v = split(linear(h, `${name}.self_attn.v_proj`))
      const attention = nn.softmax(np.matmul(q, k.transpose([0, 1, 3, 2])), -1)
      const mixed = np.matmul(attention, v).transpose([0, 2, 1, 3]).reshape([B, T, D])
      x = x.add(linear(mixed, `${name}.self_attn.out_proj`))
      const wide = linear(layerNorm(x.ref, `${name}.layer_norm2`), `${name}.mlp.fc1`)
      x = x.add(linear(wide.ref.mul(nn.sigmoid(wide.mul(1.702))), `${name}.mlp.fc2`))
    }
    const pooled = layerNorm(x.slice([], 0), 'vision_model.post_layernorm')
    const image = np.matmul(pooled, w('onnx::MatMul_visual_projection'))
    const norm = np.sqrt(np.sum(np.square(image.ref), -1, { keepdims: true } as never))
    const logits = np.matmul(image.div(norm), classes.ref)
    const rows = np.sum(targets.ref.mul(nn.logSoftmax(logits, -1)), -1)
    return np.sum(rows.mul(rowWeights.ref)).mul(-1)
  }
}
