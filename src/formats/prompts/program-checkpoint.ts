/**
 * The checkpoint of ILM-VP (Chen et al. 2023, experiments/clip/ilm_tp_vp.py), which BLM and AttrVR took over, both ways:
 *
 *   { visual_prompt_dict: OrderedDict(program [3,S,S], mask [3,S,S]), optimizer_dict: SGD state, epoch, best_acc (0 to 1),
 *     mapping_sequence: int64 [C] }                      BLM: mapping_matrix float32 [K,C] instead, and no optimizer_dict
 *
 * Two modules are saved under the same keys, and the file does not say which:
 *
 *   additive   AdditiveVisualPrompt, WatermarkingVR         x + program * mask              normalised units: `padding`, after
 *   framed     ExpansiveVisualPrompt, PaddingVR             pad(x) + sigmoid(program) * mask, then normalised: `frame`, sigmoid
 *
 * Both become a design here without any change of a value; what of `program` lies under the mask's zeros adds nothing and is
 * kept as it is by `framed`, left out by `additive`.
 */
import type { NamedTensor, NamedTensors } from '../../methods/method'
import { cutOut } from '../../prompts/image-part'
import { said } from '../../sentence'
import { imageOf } from '../border-file'
import { readTorch } from '../torch-zip/read'
import { sgdState } from '../torch-zip/sgd'
import { finite, hostTensor } from '../torch-zip/tensors'
import { fieldOf, TorchTensor, type PickleValue } from '../torch-zip/values'
import { PythonFloat, PythonLongTensor, PythonOrderedDict, writeTorch, type Picklable } from '../torch-zip/write'
import { imageIn, unlike } from './read-prompt'

export interface ProgramCheckpoint {
  /** S */
  readonly imageSize: number
  /** program, mask [3,S,S] as they stand in the file. */
  readonly program: NamedTensor
  readonly mask: NamedTensor
  /** Where the mask's square of zeros begins, and its side; it is 0 where all is prompt. */
  readonly start: number
  readonly inner: number
  readonly epoch: number | null
  /** 0 to 1, chosen on the test split by their code. */
  readonly bestAccuracy: number | null
  /** Output of each class, [C]; null where the file has none. */
  readonly mapping: readonly number[] | null
  /** float32 [K,C]; null where the file has none. */
  readonly mappingMatrix: NamedTensor | null
}

/** @param name what the file is called, for people @throws UserError */
export function readProgram(name: string, bytes: Uint8Array): ProgramCheckpoint {
  const saved = readTorch(name, bytes)
  const prompt = fieldOf(saved, 'visual_prompt_dict') ?? saved
  const [program, mask] = [imageIn(name, prompt, 'program'), imageIn(name, prompt, 'mask')]
  const S = program.dims[1]!
  const hole = mask.dims[1] === S ? holeOf(mask.data, S) : null
  if (!hole) throw unlike(name, said`its mask is not a frame of ones around a square of zeros`)
  const matrix = fieldOf(saved, 'mapping_matrix')
  return {
    ...{ imageSize: S, program, mask, ...hole },
    epoch: finite(fieldOf(saved, 'epoch')),
    bestAccuracy: finite(fieldOf(saved, 'best_acc')),
    mapping: wholeNumbers(fieldOf(saved, 'mapping_sequence')),
    mappingMatrix: matrix instanceof TorchTensor && matrix.dims.length === 2 ? hostTensor(matrix) : null,
  }
}

/** The square of zeros of a mask that is one elsewhere; null where it is none. */
function holeOf(mask: Float32Array, S: number): { readonly start: number; readonly inner: number } | null {
  const first = mask.indexOf(0)
  const start = first < 0 ? 0 : first % S
  const row = mask.subarray(first < 0 ? 0 : first - start, (first < 0 ? 0 : first - start) + S)
  const inner = row.reduce((zeros, value) => zeros + Number(value === 0), 0)
  const inside = (at: number) => at >= start && at < start + inner
  const fits = mask.every((value, i) => value === (inside(Math.floor(i / S) % S) && inside(i % S) ? 0 : 1))
  return fits ? { start, inner } : null
}

function wholeNumbers(value: PickleValue | undefined): number[] | null {
  if (!(value instanceof TorchTensor) || value.dims.length !== 1) return null
  const numbers = Array.from(value.read().values, Number)
  return numbers.every((n) => Number.isInteger(n) && n >= 0) ? numbers : null
}

/**
 * The additive prompt as our padding: exact.
 * @throws UserError where the mask's hole is not in the middle, as a border has it
 */
export function paddingOfProgram(
  name: string,
  { program, imageSize: S, start, inner }: ProgramCheckpoint,
): { readonly width: number; readonly parameters: NamedTensors } {
  if (inner === 0 || 2 * start + inner !== S) throw unlike(name, said`its mask is not a border of one width`)
  const part = (top: number, left: number, height: number, width: number) =>
    cutOut(program.data, S, { top, left, height, width })
  return {
    width: start,
    parameters: {
      pad_up: part(0, 0, start, S),
      pad_down: part(S - start, 0, start, S),
      pad_left: part(start, 0, inner, start),
      pad_right: part(start, S - start, inner, start),
    },
  }
}

/** The framed prompt as our frame in space `sigmoid`, `program` [1,3,S,S]: exact. */
export function frameOfProgram({ program }: ProgramCheckpoint): NamedTensors {
  return { program: { dims: [1, ...program.dims], data: program.data } }
}

export interface ProgramOptions {
  readonly epoch: number
  /** 0 to 1 */
  readonly bestAccuracy: number
  readonly learningRate: number
  readonly momentum: number
  /** Output of each class, [C]. */
  readonly mapping: readonly number[]
}

/** What `program` and `mask` are made of: a border's four tensors, or a frame's `program` and its inner square. */
export type ProgramSource =
  | { readonly kind: 'padding'; readonly imageSize: number; readonly width: number; readonly parameters: NamedTensors }
  | {
      readonly kind: 'frame'
      readonly imageSize: number
      readonly start: number
      readonly inner: number
      readonly parameters: NamedTensors
    }

/** The momentum is left out: their code does not resume. */
export function writeProgram(source: ProgramSource, options: ProgramOptions): Uint8Array {
  const { imageSize: S, parameters } = source
  const dims = [3, S, S]
  const data = source.kind === 'padding' ? imageOf(parameters, source) : parameters.program!.data
  const [start, inner] = source.kind === 'padding' ? [source.width, S - 2 * source.width] : [source.start, source.inner]
  const inside = (at: number) => at >= start && at < start + inner
  const mask = Float32Array.from({ length: 3 * S * S }, (_, i) =>
    inside(Math.floor(i / S) % S) && inside(i % S) ? 0 : 1,
  )
  const { epoch, bestAccuracy, learningRate, momentum, mapping } = options
  return writeTorch(
    new Map<string, Picklable>([
      [
        'visual_prompt_dict',
        new PythonOrderedDict([
          ['program', { dims, data }],
          ['mask', { dims, data: mask }],
        ]),
      ],
      ['optimizer_dict', sgdState(['program'], null, learningRate, momentum)],
      ['epoch', epoch],
      ['best_acc', new PythonFloat(bestAccuracy)],
      ['mapping_sequence', new PythonLongTensor([mapping.length], mapping)],
    ]),
  )
}
