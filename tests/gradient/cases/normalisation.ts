/** Cases of normalisations: fused, decomposed as exporters write it, inference batch norm. */
import { float } from '../../../src/onnx/model'
import { array64 } from '../../support/float64-executor'
import { PlainModel } from '../../support/plain-model'
import { normals, uniforms } from '../../support/random'
import type { Draw, OperatorCase, Values } from './case'
import { chance, eitherSign, oneNode, oneOf, seedOf, shape, tensor, whole } from './case'

const normal: Values = (seed, n) => normals(seed, n)
const nearOne: Values = (seed, n) => normals(seed, n, 0.3, 1)

function fused(opset: number) {
  return (draw: Draw) => {
    const dims = shape(draw, 1, 3, 4)
    const axis = whole(draw, 0, dims.length - 1)
    // One element per mean would make every derivative vanish.
    const wide = dims.with(-1, dims.at(-1)! + 2)
    const scale = tensor(draw, wide.slice(axis), nearOne)
    const inputs = [tensor(draw, wide, normal), scale]
    if (chance(draw)) inputs.push(tensor(draw, wide.slice(axis), normal))
    const epsilon = float(oneOf(draw, [1e-5, 1e-3, 0.1]))
    return oneNode('LayerNormalization', inputs, { axis: eitherSign(draw, axis, dims.length), epsilon }, { opset })
  }
}

/** ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, Mul, Add: what PyTorch writes before opset 17. */
function decomposed(opset: number) {
  return (draw: Draw) => {
    const dims = shape(draw, 1, 3)
    const wide = dims.with(-1, dims.at(-1)! + 2)
    const last = eitherSign(draw, wide.length - 1, wide.length)
    const m = new PlainModel(opset)
    const x = m.input('x', wide)
    const mean = (v: string) =>
      opset >= 18
        ? m.node('ReduceMean', [v, m.ints([last])], { keepdims: 1 })
        : m.node('ReduceMean', [v], { axes: [last], keepdims: 1 })
    const d = m.node('Sub', [x, mean(x)])
    const square = chance(draw) ? m.node('Pow', [d, m.scalar(2)]) : m.node('Mul', [d, d])
    const std = m.node('Sqrt', [m.node('Add', [mean(square), m.scalar(1e-5)])])
    const core = m.node('Div', [d, std])
    m.input('gamma', wide.slice(-1))
    m.input('beta', wide.slice(-1))
    const y = m.node('Add', [m.node('Mul', [core, 'gamma']), 'beta'])
    const feeds = {
      x: tensor(draw, wide, normal),
      gamma: tensor(draw, wide.slice(-1), nearOne),
      beta: tensor(draw, wide.slice(-1), normal),
    }
    return { model: m.model([y]), output: y, feeds, wrt: ['x', 'gamma', 'beta'] }
  }
}

function batchNorm(opset: number) {
  return (draw: Draw) => {
    const dims = [whole(draw, 1, 3), whole(draw, 1, 4), ...shape(draw, 0, 3, 3)]
    const C = dims[1]!
    const m = new PlainModel(opset)
    const seed = seedOf(draw)
    const names = ['gamma', 'beta', 'mean', 'variance'].map((name, i) =>
      m.weight(name, [C], name === 'variance' ? uniforms(seed + i, C, 0.3, 2) : normals(seed + i, C)),
    )
    m.input('x', dims)
    m.node('BatchNormalization', ['x', ...names], { epsilon: float(1e-3) }, { outputs: ['y'] })
    return { model: m.model(['y']), output: 'y', feeds: { x: tensor(draw, dims, normal) }, wrt: ['x'] }
  }
}

/** With weights differentiated too, stored in the model and fed over it. */
function weights(draw: Draw) {
  const D = whole(draw, 3, 6)
  const m = new PlainModel()
  const dims = [whole(draw, 1, 3), D]
  const [gamma, beta] = [tensor(draw, [D], nearOne), tensor(draw, [D], normal)]
  m.input('x', dims)
  m.weight('gamma', [D], gamma.data)
  m.weight('beta', [D], beta.data)
  m.node('LayerNormalization', ['x', 'gamma', 'beta'], { axis: -1 }, { outputs: ['y'] })
  const x = array64(dims, normals(seedOf(draw), dims[0]! * D).map(Math.fround))
  return { model: m.model(['y']), output: 'y', feeds: { x, gamma, beta }, wrt: ['gamma', 'beta'] }
}

export const normalisationCases: OperatorCase[] = [
  { rule: 'LayerNormalization', form: 'opset 17', make: fused(17) },
  { rule: 'LayerNormalization', form: 'opset 20', make: fused(20) },
  { rule: 'LayerNormalization', form: 'stored weights', make: weights },
  ...[11, 13, 17, 18, 20].map((opset) => ({
    rule: 'pattern.LayerNormCore',
    form: `opset ${opset}`,
    make: decomposed(opset),
  })),
  { rule: 'BatchNormalization', form: 'opset 11', make: batchNorm(11) },
  { rule: 'BatchNormalization', form: 'opset 17', make: batchNorm(17) },
]
