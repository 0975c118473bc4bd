/** Borders that are none: safetensors and checkpoints that are sound files of something else. */
import { readFileSync } from 'node:fs'
import { readBorder } from '../../src/formats/border-file'
import { writeSafetensors } from '../../src/formats/safetensors'
import { writeTorch, type Picklable } from '../../src/formats/torch-zip/write'
import type { NamedTensors } from '../../src/methods/method'
import { borderParameters } from '../formats/a-run'
import { offered, type Kinds } from './kind'

const GEOMETRY = { imageSize: 8, width: 2 }
const sound = borderParameters(() => 0, GEOMETRY)
const zeros = (...dims: number[]) => ({ dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) })
const one = { dims: [1], data: Float32Array.of(1) }

const tensorFile = (change: Readonly<Record<string, NamedTensors[string] | undefined>>) =>
  writeSafetensors(
    Object.fromEntries(Object.entries({ ...sound, ...change }).filter(([, tensor]) => tensor)) as NamedTensors,
  )
const checkpointOf = (change: Readonly<Record<string, Picklable>>) =>
  writeTorch(new Map<string, Picklable>(Object.entries({ ...sound, ...change })))
const fixture = (name: string) => new Uint8Array(readFileSync(`tests/fixtures/torch/${name}`))
const lastInfinite = { ...sound.pad_right!, data: sound.pad_right!.data.with(-1, Infinity) }

const BROKEN: Readonly<Record<string, readonly [file: Uint8Array, says: string]>> = {
  'another tensor': [writeSafetensors({ a: one }), 'lacks pad_up'],
  'no tensor at all': [writeSafetensors({}), 'lacks pad_up'],
  'a side that is missing': [tensorFile({ pad_left: undefined }), 'lacks pad_left'],
  'a side that does not fit': [tensorFile({ pad_left: one }), 'pad_left is [1]'],
  'sides of two images': [tensorFile({ pad_down: zeros(1, 3, 2, 9) }), 'pad_down is [1,3,2,9]'],
  'a border of one channel': [tensorFile({ pad_up: zeros(1, 1, 2, 8) }), 'pad_up is [1,1,2,8]'],
  'a border of no width': [tensorFile({ pad_up: zeros(1, 3, 0, 8) }), 'pad_up is [1,3,0,8]'],
  'a border without an opening': [tensorFile({ pad_up: zeros(1, 3, 4, 8) }), 'pad_up is [1,3,4,8]'],
  'a side lying down': [tensorFile({ pad_left: zeros(1, 3, 2, 4) }), 'pad_left is [1,3,2,4]'],
  'numbers that are none': [writeSafetensors(borderParameters(() => NaN, GEOMETRY)), 'NaN'],
  'one infinity': [tensorFile({ pad_right: lastInfinite }), 'infinity'],
  'a patch': [fixture('patch.pth.tar'), 'a patch'],
  'a prompt of words': [fixture('coop.pth.tar'), 'it lacks pad_up, and has only ctx'],
  'a label mapping': [fixture('ilm-vp.pth'), 'it lacks pad_up'],
  'a list': [writeTorch([1]), 'no tensors'],
  'a checkpoint of one number': [writeTorch(7), 'no tensors'],
  'a checkpoint of nothing': [writeTorch(new Map()), 'no tensors'],
  'sides that do not fit': [checkpointOf({ pad_left: one }), 'its pad_left is [1]'],
  'sides without a picture between': [checkpointOf({ pad_up: zeros(1, 3, 4, 8) }), 'pad_up is [1,3,4,8]'],
  'a checkpoint that is not finite': [
    writeTorch(new Map<string, Picklable>(Object.entries(borderParameters(() => NaN, GEOMETRY)))),
    'NaN',
  ],
  'a side that is a text': [checkpointOf({ pad_down: 'x' }), 'lacks pad_down'],
  'names of which some are wrapped': [
    writeTorch(
      new Map<string, Picklable>(Object.entries(sound).map(([key, side], i) => [i ? key : `module.${key}`, side])),
    ),
    'lacks pad_up',
  ],
}

export const borders: Kinds = offered(BROKEN, (bytes) => readBorder('bad', bytes))
