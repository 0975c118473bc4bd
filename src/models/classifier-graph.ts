/**
 * Whether an ONNX graph is a classifier of pictures, found by looking at it: one float input of three planes, one
 * output of a row of logits for each picture. A Softmax at the end is left out, since the loss has its own.
 */
import { UserError } from '../errors'
import type { DType, OnnxModel, ValueInfo } from '../onnx/model'
import { specialise } from '../onnx/specialise'
import type { StaticGraph } from '../onnx/static-graph'
import type { Preprocessing } from './preprocessor'

export interface ClassifierGraph {
  readonly input: string
  readonly output: string
  /** K */
  readonly outputs: number
  readonly preprocessing: Preprocessing
}

/** Rows that a graph is tried with: more than one shows whether it takes batches. */
const TRIED_ROWS = 2

/**
 * @param prepare what is known of the pictures, given the side that the graph declares (null: any)
 * @throws UserError when the graph is no such classifier
 */
export function inspectClassifier(
  model: OnnxModel,
  name: string,
  prepare: (declared: number | null) => Preprocessing,
): ClassifierGraph {
  const [input, ...others] = model.graph.inputs
  if (!input || others.length > 0) {
    const names = model.graph.inputs.map((one) => `\`${one.name}\``).join(', ')
    throw refusal(
      name,
      `it takes ${input ? `${model.graph.inputs.length} inputs (${names})` : 'no input'}, not one picture`,
    )
  }
  const preprocessing = prepare(declaredSide(input, name))
  const S = preprocessing.imageSize
  const tried = tryOut(model, { [input.name]: [TRIED_ROWS, 3, S, S] }, S, name)
  const rows = model.graph.outputs.filter(({ name: output }) => {
    const type = tried.types.get(output)
    return isPictureFloat(type?.dtype) && type?.dims.length === 2 && type.dims[0] === TRIED_ROWS
  })
  const found = rows.length === 1 ? rows[0] : rows.find((one) => one.name === 'logits')
  if (!found) {
    const given = model.graph.outputs.map((one) => `\`${one.name}\` [${tried.types.get(one.name)?.dims.join(', ')}]`)
    throw refusal(name, `of ${given.join(' and ')}, ${rows.length === 0 ? 'none is' : 'it is unclear which is'} a row of logits for each picture`) // prettier-ignore
  }
  const output = beforeSoftmax(model, found.name)
  return { input: input.name, output, outputs: tried.types.get(output)!.dims[1]!, preprocessing }
}

/** The training graph gives either float32 ends (gradient/half.ts). */
const isPictureFloat = (dtype: DType | undefined): boolean => dtype === 'float32' || dtype === 'float16'

/** Side of the square that the graph asks for; null where it takes any. */
function declaredSide({ name: input, dtype, dims }: ValueInfo, model: string): number | null {
  if (!isPictureFloat(dtype)) throw refusal(model, `its input \`${input}\` is ${dtype}, not float32 or float16`)
  if (dims?.length !== 4) {
    throw refusal(
      model,
      `its input \`${input}\` is [${dims?.join(', ') ?? '?'}], not pictures [batch, 3, height, width]`,
    )
  }
  const [, channels, height, width] = dims as [ValueInfo, number | string, number | string, number | string]
  if (typeof channels === 'number' && channels !== 3) {
    const last = width === 3 ? ': its colours come last' : ''
    throw refusal(
      model,
      `its input \`${input}\` is [${dims.join(', ')}], not three planes [batch, 3, height, width]${last}`,
    )
  }
  if (typeof height === 'number' && typeof width === 'number' && height !== width) {
    throw refusal(model, `its pictures are ${width} x ${height} pixels, not square`)
  }
  const known = [height, width].find((side) => typeof side === 'number')
  return known ?? null
}

function tryOut(model: OnnxModel, inputs: Record<string, number[]>, side: number, name: string): StaticGraph {
  try {
    return specialise(
      model,
      inputs,
      model.graph.outputs.map((output) => output.name),
    )
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    throw new UserError(
      `The classifier "${name}" does not take ${TRIED_ROWS} pictures of ${side} x ${side} pixels at once: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Export it with a dynamic batch axis, and give the size of its pictures in preprocessor_config.json.',
      { cause },
    )
  }
}

function beforeSoftmax({ graph }: OnnxModel, output: string): string {
  const last = graph.nodes.find(({ outputs }) => outputs.includes(output))
  return last?.op === 'Softmax' && last.domain === '' ? last.inputs[0]! : output
}

function refusal(model: string, why: string): UserError {
  return new UserError(
    `"${model}" is not a classifier of pictures as Passepartout takes them: ${why}.`,
    'Export one with a single float32 or float16 input [batch, 3, height, width] and its logits [batch, classes] as output.',
  )
}
