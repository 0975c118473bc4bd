/** One value with everything that the writer of checkpoints knows, and what reading it gives. */
import { PythonFloat, PythonOrderedDict, PythonTuple, type Picklable } from '../../src/formats/torch-zip/write'

const ramp = { dims: [2, 3], data: Float32Array.of(-1.5, 0, 1e-45, 3.4e38, 1 / 3, 2) }

export const VALUE: Picklable = new Map<string, Picklable>([
  ['epoch', 7],
  ['best', new PythonFloat(75)],
  ['third', 1 / 3],
  ['large', 2 ** 40],
  ['negative', -(2 ** 52)],
  ['none', null],
  ['yes', true],
  ['no', false],
  ['text', 'Grüße 🖼'],
  ['list', [1, 'a', [2]]],
  ['tuple', new PythonTuple([1, 2])],
  [
    'state_dict',
    new PythonOrderedDict([
      ['ramp', ramp],
      ['scalar', { dims: [], data: Float32Array.of(4) }],
      ['empty', { dims: [0, 3], data: new Float32Array() }],
    ]),
  ],
  ['by number', new Map<number, Picklable>([[0, 'zero'], [1, ramp]])], // prettier-ignore
])

const rampRead = { dims: [2, 3], values: [...ramp.data] }

export const VALUE_READ = {
  epoch: 7,
  best: 75,
  third: 1 / 3,
  large: 2 ** 40,
  negative: -(2 ** 52),
  none: null,
  yes: true,
  no: false,
  text: 'Grüße 🖼',
  list: [1, 'a', [2]],
  tuple: [1, 2],
  state_dict: { ramp: rampRead, scalar: { dims: [], values: [4] }, empty: { dims: [0, 3], values: [] } },
  'by number': { 0: 'zero', 1: rampRead },
}
