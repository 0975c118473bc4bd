/**
 * The checkpoint of EVP (Wu et al. 2024, main.py), both ways: { perturbation: [3,S,S] }, added in [0, 1] before normalisation
 * to a picture shrunk and padded with zeros. That is our `frame` in space `before`, without any change of a value.
 *
 * The file does not say how wide the frame is. Their code starts from zero and steps only on the frame, and adds the whole
 * tensor: what is zero in the middle is the picture's.
 */
import type { NamedTensor, NamedTensors } from '../../methods/method'
import { readTorch } from '../torch-zip/read'
import { writeTorch } from '../torch-zip/write'
import { imageIn } from './read-prompt'

export interface EvpCheckpoint {
  /** S */
  readonly imageSize: number
  readonly perturbation: NamedTensor
  /** Side of the largest square of zeros in the middle: 164 of 224 in their recipe. 0 where there is none. */
  readonly inner: number
}

/** @param name what the file is called, for people @throws UserError */
export function readEvp(name: string, bytes: Uint8Array): EvpCheckpoint {
  const perturbation = imageIn(name, readTorch(name, bytes), 'perturbation')
  const S = perturbation.dims[1]!
  const width = perturbation.data.reduce((reach, value, i) => {
    const [y, x] = [Math.floor(i / S) % S, i % S]
    return value === 0 ? reach : Math.max(reach, Math.min(x, y, S - 1 - x, S - 1 - y) + 1)
  }, 0)
  return { imageSize: S, perturbation, inner: Math.max(0, S - 2 * width) }
}

/** As our frame in space `before`, `program` [1,3,S,S]: exact. */
export const frameOfEvp = ({ perturbation: { dims, data } }: EvpCheckpoint): NamedTensors => ({
  program: { dims: [1, ...dims], data },
})

/**
 * @param parameters of a frame in space `before` whose scale is not learned: program [1,3,S,S]
 * @param inner side of the shrunk picture; what lies under it is written as zero, since their code would add it
 */
export function writeEvp({ program }: NamedTensors, inner: number): Uint8Array {
  if (!program) throw new Error('program is missing')
  const S = program.dims[3]!
  if ((S - inner) % 2 !== 0) throw new Error(`EVP's frame is one width all around; ${S} - ${inner} is odd`)
  const start = (S - inner) / 2
  const inside = (at: number) => at >= start && at < start + inner
  const hidden = (i: number) => inside(Math.floor(i / S) % S) && inside(i % S)
  // A zero keeps its sign.
  const data = program.data.map((value, i) => (value !== 0 && hidden(i) ? 0 : value))
  return writeTorch(new Map([['perturbation', { dims: [3, S, S], data }]]))
}
