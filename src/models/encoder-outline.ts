/**
 * The image encoder of a CLIP as a graph without weights: from its sizes alone, before a byte of it is here, for all that is
 * reckoned from shapes. Operators as the published exports have them, with their normalisations decomposed.
 *
 * Legend: S image side, P patch, T tokens, W width, L layers, H heads, D projection.
 */
import { GraphBuilder, type Value } from '../onnx/builder'
import { int, ints, type OnnxModel, type Shape } from '../onnx/model'

export interface EncoderSizes {
  /** S */
  readonly imageSize: number
  /** P */
  readonly patchSize: number
  /** W */
  readonly width: number
  /** L */
  readonly layers: number
  /** H; 64 wide each where it is not said, as in every published CLIP. */
  readonly heads?: number
  /** D; 512 where it is not said: it decides next to nothing. */
  readonly projection?: number
}

const HEAD_WIDTH = 64

/** `pixel_values` [1,3,S,S] -> `image_embeds` [1,D]. Its initializers have shapes and no bytes. */
export function encoderOutline(sizes: EncoderSizes): OnnxModel {
  const { imageSize: S, patchSize: P, width: W, layers, heads = Math.max(1, W / HEAD_WIDTH), projection = 512 } = sizes
  const patches = Math.floor(S / P) ** 2
  const T = patches + 1
  const b = new GraphBuilder()
  let weights = 0
  const weight = (dims: Shape): Value =>
    b.initializer(`w${weights++}`, { dtype: 'float32', dims, bytes: new Uint8Array(0), location: null })
  const product = (x: Value, y: Value) => b.op('MatMul', [x, y])
  const linear = (x: Value, from: number, to: number) => b.add(product(x, weight([from, to])), weight([to]))
  const mean = (x: Value) => b.op('ReduceMean', [x], { axes: ints([-1]), keepdims: int(1) })
  const norm = (x: Value) => {
    const centred = b.sub(x, mean(x))
    const variance = mean(b.op('Pow', [centred, b.scalar(2, x)]))
    const standardised = b.div(centred, b.op('Sqrt', [b.add(variance, b.scalar(1e-5, x))]))
    return b.add(b.mul(standardised, weight([W])), weight([W]))
  }
  const split = (x: Value) => b.transpose(b.op('Reshape', [x, b.indices([0, T, heads, W / heads])]), [0, 2, 1, 3])

  const pixels = b.input('pixel_values', 'float32', [1, 3, S, S])
  const conv = b.op('Conv', [pixels, weight([W, 3, P, P])], { kernel_shape: ints([P, P]), strides: ints([P, P]) })
  const rows = b.transpose(b.op('Reshape', [conv, b.indices([0, W, patches])]), [0, 2, 1])
  // The class token: any row of the right shape, with as many of them as there are images.
  const token = b.mul(b.op('Slice', [rows, b.indices([0]), b.indices([1]), b.indices([1])]), weight([W]))
  let x = norm(b.add(b.op('Concat', [token, rows], { axis: int(1) }), weight([T, W])))
  for (let layer = 0; layer < layers; layer++) {
    const normed = norm(x)
    const [q, k, v] = [0, 1, 2].map(() => split(linear(normed, W, W)))
    const scores = product(b.mul(q!, b.scalar(0.125, q!)), b.transpose(k!, [0, 1, 3, 2]))
    const mixed = product(b.op('Softmax', [scores], { axis: int(-1) }), v!)
    const joined = b.op('Reshape', [b.transpose(mixed, [0, 2, 1, 3]), b.indices([0, T, W])])
    x = b.add(x, linear(joined, W, W))
    const hidden = linear(norm(x), W, 4 * W)
    const active = b.mul(hidden, b.op('Sigmoid', [b.mul(hidden, b.scalar(1.702, hidden))]))
    x = b.add(x, linear(active, 4 * W, W))
  }
  const first = b.op('Gather', [x, b.constant('int64', [], [0])], { axis: int(1) })
  b.op('MatMul', [norm(first), weight([W, projection])], {}, 'image_embeds')
  return b.toModel(['image_embeds'])
}
