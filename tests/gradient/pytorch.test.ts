/**
 * A small CLIP as PyTorch exported it, against what PyTorch computed: every block's output, logits, loss and gradients.
 * The fixture is written by tools/reference/clip_fixture.py; no Python is needed here.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Head } from '../../src/gradient/heads'
import { crossEntropyHead, textCrossEntropyHead } from '../../src/gradient/heads'
import { buildTrainingGraph, trainingModel } from '../../src/gradient/training'
import type { OnnxModel } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import { fromTensor } from '../support/float64/array'
import type { Array64, Values } from '../support/float64-executor'
import { array64, execute, executeAll } from '../support/float64-executor'
import { shapesOf } from '../support/gradient-check'
import { runBytesOnOrt, runOnOrt } from '../support/ort'

interface Packed {
  readonly dims: number[]
  /** base64 of little-endian float32 */
  readonly float32: string
}
type PackedValues = Readonly<Record<string, Packed>>

interface Fixture {
  readonly vision: { inputs: PackedValues; head: PackedValues; outputs: PackedValues; gradients: PackedValues }
  readonly text: {
    ids: number[][]
    embedded: Packed
    head: PackedValues
    outputs: PackedValues
    gradients: PackedValues
  }
}

const folder = new URL('../fixtures/heart/', import.meta.url)
const fixture = JSON.parse(readFileSync(new URL('values.json', folder), 'utf8')) as Fixture
const model = (name: string) => decodeModel(new Uint8Array(readFileSync(new URL(`${name}_model.onnx`, folder))))

function unpack({ dims, float32 }: Packed): Array64 {
  const bytes = Uint8Array.from(Buffer.from(float32, 'base64'))
  return array64(dims, new Float32Array(bytes.buffer))
}
const unpackAll = (values: PackedValues): Record<string, Array64> =>
  Object.fromEntries(Object.entries(values).map(([name, v]) => [name, unpack(v)]))

/** Every tensor that is further off than `tolerance` of its largest value, in words. */
function differences(found: Values, expected: Values, tolerance: number): string[] {
  return Object.entries(expected).flatMap(([name, want]) => {
    const got = found[name]
    if (!got || got.dims.join() !== want.dims.join())
      return [`${name}: [${got?.dims.join()}] instead of [${want.dims.join()}]`]
    const largest = want.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
    let [worst, at] = [0, 0]
    want.data.forEach((v, i) => {
      const off = Math.abs(v - got.data[i]!)
      if (!(off <= worst)) [worst, at] = [off, i]
    })
    if (worst <= tolerance * largest) return []
    return [`${name}[${at}]: ${got.data[at]} instead of ${want.data[at]}, off by ${worst / largest} of the largest`]
  })
}

interface Tower {
  readonly model: OnnxModel
  readonly output: string
  /** Inputs, and weights whose gradients PyTorch gave. */
  readonly feeds: Values
  readonly head: Values
  readonly build: Head
  readonly outputs: Values
  readonly gradients: Values
}

function vision(): Tower {
  const f = fixture.vision
  const tower = model('vision')
  const weights = Object.keys(f.gradients).filter((name) => name !== 'pixel_values')
  const stored = weights.map((name) => [name, fromTensor(tower.graph.initializers.get(name)!)] as const)
  return {
    model: tower,
    output: 'image_embeds',
    feeds: { ...unpackAll(f.inputs), ...Object.fromEntries(stored) },
    head: unpackAll(f.head),
    build: crossEntropyHead({ classes: 4 }),
    outputs: unpackAll(f.outputs),
    gradients: unpackAll(f.gradients),
  }
}

function text(): Tower {
  const f = fixture.text
  const tower = model('text')
  const embedded = tower.graph.nodes.find((n) => n.inputs[0] === 'token_embedding.weight')!.outputs[0]!
  return {
    model: tower,
    output: 'text_embeds',
    feeds: { input_ids: array64([4, 6], f.ids.flat(), 'int64'), [embedded]: unpack(f.embedded) },
    head: unpackAll(f.head),
    build: textCrossEntropyHead({ rows: 2 }),
    outputs: unpackAll(f.outputs),
    gradients: { [embedded]: unpack(f.gradients['embedded']!) },
  }
}

const named = (gradients: Values) => Object.fromEntries(Object.entries(gradients).map(([name, g]) => [`d_${name}`, g]))

describe.each([
  ['vision', vision],
  ['text', text],
])('%s tower from PyTorch', (_, make) => {
  const t = make()
  const { logits, loss, ...layers } = t.outputs
  const expected = { logits: logits!, loss: loss!, ...named(t.gradients) }
  const options = { inputs: shapesOf(t.feeds), output: t.output, head: t.build, wrt: Object.keys(t.gradients) }
  const feeds = { ...t.feeds, ...t.head, do_backward: array64([], [1], 'bool') }

  it('has the layers that PyTorch computed', async () => {
    const own = Object.fromEntries(executeAll(t.model, t.feeds))
    expect(differences(own, layers, 1e-5)).toEqual([])
    expect(differences(await runOnOrt(t.model, t.feeds), layers, 1e-4)).toEqual([])
  })

  it('has the loss and gradients of PyTorch in float64', () => {
    expect(differences(execute(trainingModel(t.model, options).model, feeds), expected, 1e-5)).toEqual([])
  })

  it('has the loss and gradients of PyTorch on ONNX Runtime, weights read from the exported file', async () => {
    const { model: bytes, externalData } = buildTrainingGraph(t.model, options)
    expect(externalData.map((f) => f.data)).toEqual([t.model.files[0]!.data])
    expect(differences(await runBytesOnOrt(bytes, externalData, feeds), expected, 1e-4)).toEqual([])
  })

  it('tells which tensor is wrong', () => {
    const wrong = { ...expected, loss: { ...loss!, data: loss!.data.map((v) => v + 1) } }
    expect(differences(expected, wrong, 1e-4)).toEqual([expect.stringMatching(/^loss\[0\]: /)])
  })
})
