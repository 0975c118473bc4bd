/** Arrangements of classes and lists of samples that come from outside: every field of them wrong once. */
import { checkArrangement } from '../../src/data/arrangement-schema'
import { parseSampleIndex } from '../../src/data/samples'
import { offered, type Kinds } from './kind'

const one = { key: 'a', name: 'a', folders: ['a'], included: true }
const split = { from: 'chance', seed: 1, val: 0.2, test: 0.2, shots: null, together: false }
const sound = { classes: [one, { ...one, key: 'b' }], template: '{}', labels: {}, without: [], split }
checkArrangement(sound)

const ARRANGEMENTS: Readonly<Record<string, readonly [value: unknown, says: RegExp]>> = {
  'an arrangement that is null': [null, /damaged/],
  'an arrangement that is a list': [[sound], /damaged/],
  'two classes of one key': [{ ...sound, classes: [one, one] }, /two classes of one key/],
  'a class without a name': [{ ...sound, classes: [{ ...one, name: '' }] }, /classes.0.name/],
  'a class of no folders': [{ ...sound, classes: [{ ...one, folders: 'a' }] }, /classes.0.folders/],
  'labels that are numbers': [{ ...sound, labels: { a: 1 } }, /labels.a/],
  'no template': [{ ...sound, template: undefined }, /template/],
  'a key of its own': [{ ...sound, more: 1 }, /damaged/],
  'shares that leave nothing': [
    { ...sound, split: { ...split, val: 0.5, test: 0.5 } },
    /nothing is left to learn from/,
  ],
  'a share of more than all': [{ ...sound, split: { ...split, val: 2 } }, /split.val/],
  'a seed below zero': [{ ...sound, split: { ...split, seed: -1 } }, /split.seed/],
  'a seed and a half': [{ ...sound, split: { ...split, seed: 1.5 } }, /split.seed/],
  'no shots at all': [{ ...sound, split: { ...split, shots: 0 } }, /split.shots/],
  'a split from nowhere': [{ ...sound, split: { ...split, from: 'stars' } }, /split.from/],
}

const sample = {
  ...{ id: 'counting', title: 'Counting', description: '', template: 'a photo of {}', seed: 1, echoes: '' },
  classes: ['a', 'b'].map((name) => ({ folder: name, name })),
}
parseSampleIndex([sample])

const SAMPLES: Readonly<Record<string, readonly [value: unknown, says: RegExp]>> = {
  'a list of samples that is null': [null, /list of sample tasks .* damaged/],
  'a list of samples that is one': [sample, /damaged/],
  'a sample of one class': [[{ ...sample, classes: sample.classes.slice(0, 1) }], /0.classes/],
  'a sample whose name is a path': [[{ ...sample, id: '../x' }], /0.id/],
  'a sample without a title': [[{ ...sample, title: '' }], /0.title/],
  'a template without its place': [[{ ...sample, template: 'a photo' }], /exactly one \{\}/],
  'a template of two places': [[{ ...sample, template: '{} {}' }], /exactly one \{\}/],
}

export const arrangements: Kinds = {
  ...offered(ARRANGEMENTS, checkArrangement),
  ...offered(SAMPLES, parseSampleIndex),
}
