/**
 * The state_dict of LoR-VP (Jin et al. 2025, trainer/visual_prompt.py), both ways: left_bar [3,S,r], right_bar [3,r,S], added in
 * [0, 1] before normalisation. Our `low-rank` in space `before`, without any change of a value.
 *
 * Their released code saves no file; a state_dict of the prompt has these keys, of the whole network `visual_prompt.` before
 * them, of DataParallel `module.` before that.
 */
import type { NamedTensors } from '../../methods/method'
import { said } from '../../sentence'
import { readTorch } from '../torch-zip/read'
import { fieldOf } from '../torch-zip/values'
import { PythonOrderedDict, writeTorch } from '../torch-zip/write'
import { tensorIn, unlike } from './read-prompt'

export interface LorVpCheckpoint {
  /** S */
  readonly imageSize: number
  /** r */
  readonly rank: number
  /** left_bar [3,S,r], right_bar [3,r,S] */
  readonly parameters: NamedTensors
}

const PREFIXES = ['', 'visual_prompt.', 'module.', 'module.visual_prompt.'] as const

/** @param name what the file is called, for people @throws UserError */
export function readLorVp(name: string, bytes: Uint8Array): LorVpCheckpoint {
  const saved = readTorch(name, bytes)
  const holder = fieldOf(saved, 'state_dict') ?? saved
  const bar = (key: string) =>
    tensorIn(
      name,
      holder,
      PREFIXES.map((prefix) => prefix + key),
      [3, null, null],
    )
  const [left_bar, right_bar] = [bar('left_bar'), bar('right_bar')]
  const [, imageSize = 0, rank = 0] = left_bar.dims
  if (right_bar.dims.join() !== `3,${rank},${imageSize}` || rank < 1) {
    throw unlike(name, said`its bars are [${left_bar.dims.join(',')}] and [${right_bar.dims.join(',')}]`)
  }
  return { imageSize, rank, parameters: { left_bar, right_bar } }
}

export function writeLorVp({ left_bar, right_bar }: NamedTensors): Uint8Array {
  if (!left_bar || !right_bar) throw new Error('left_bar or right_bar is missing')
  return writeTorch(
    new PythonOrderedDict([
      ['left_bar', left_bar],
      ['right_bar', right_bar],
    ]),
  )
}
