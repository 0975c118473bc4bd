/**
 * The methods that the page's Study view offers, in its order: a row each, and its two sentences in the language tables
 * (`study.method.<id>`, and what it is: `study.about.<id>`). Plain data; the page reads it without the schema.
 */
import type { Contender } from './contender'

export const FAMILIES = ['frozen', 'features', 'words', 'pixels', 'weights'] as const
export type Family = (typeof FAMILIES)[number]

interface Row {
  readonly id: string
  readonly family: Family
  /** It reads the names of the classes: not for classifiers. */
  readonly clipOnly: boolean
  /** Its label is what files and tables call it. */
  readonly contender: Contender
}

/** What all gains are measured against. */
export const ALWAYS = 'zero-shot'

const UNTOUCHED = { space: 'after', clamp: 'none', init: { kind: 'zero' } } as const

export const OFFERED = [
  {
    id: ALWAYS,
    family: 'frozen',
    clipOnly: false,
    contender: { label: 'zero-shot', method: 'zero-shot' },
  },
  {
    id: 'templates-7',
    family: 'frozen',
    clipOnly: true,
    contender: { label: 'zero-shot, 7 templates', method: 'zero-shot', templates: 'imagenet-7' },
  },
  {
    id: 'templates-80',
    family: 'frozen',
    clipOnly: true,
    contender: { label: 'zero-shot, 80 templates', method: 'zero-shot', templates: 'imagenet-80' },
  },
  {
    id: 'templates-80-probabilities',
    family: 'frozen',
    clipOnly: true,
    contender: {
      ...{ label: 'zero-shot, 80 answers', method: 'zero-shot' },
      ...{ templates: 'imagenet-80', ensemble: 'probabilities' },
    },
  },
  {
    id: 'red-circle',
    family: 'frozen',
    clipOnly: false,
    contender: { label: 'red circle', method: 'drawn' },
  },
  {
    id: 'nearest-mean',
    family: 'features',
    clipOnly: false,
    contender: { label: 'nearest mean', method: 'nearest-mean' },
  },
  {
    id: 'k-nearest',
    family: 'features',
    clipOnly: false,
    contender: { label: 'k nearest neighbours', method: 'k-nearest' },
  },
  {
    id: 'linear-probe',
    family: 'features',
    clipOnly: false,
    contender: { label: 'linear probe', method: 'linear-probe' },
  },
  {
    id: 'mapped',
    family: 'features',
    clipOnly: false,
    contender: { label: 'outputs mapped (BLM)', method: 'output-mapping', mapping: { kind: 'bayesian' } },
  },
  {
    id: 'tip-adapter',
    family: 'features',
    clipOnly: true,
    contender: { label: 'Tip-Adapter', method: 'tip-adapter' },
  },
  {
    id: 'tip-adapter-f',
    family: 'features',
    clipOnly: true,
    contender: { label: 'Tip-Adapter-F', method: 'tip-adapter-f' },
  },
  {
    id: 'coop',
    family: 'words',
    clipOnly: true,
    contender: { label: 'CoOp, 50 epochs', method: 'coop', epochs: 50 },
  },
  {
    id: 'cocoop',
    family: 'words',
    clipOnly: true,
    contender: { label: 'CoCoOp', method: 'cocoop' },
  },
  {
    id: 'tpt',
    family: 'words',
    clipOnly: true,
    contender: { label: 'TPT', method: 'tpt' },
  },
  {
    id: 'padding-quick',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'border, quick', method: 'padding', recipe: 'quick' },
  },
  {
    id: 'padding-paper',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'border, paper', method: 'padding', recipe: 'paper' },
  },
  {
    id: 'padding-ilm',
    family: 'pixels',
    clipOnly: false,
    contender: {
      ...{ label: 'border, outputs mapped (ILM)', method: 'visual-prompt', design: 'ilm-vp', recipe: 'quick' },
      mapping: { kind: 'iterative' },
    },
  },
  {
    id: 'padding-linear',
    family: 'pixels',
    clipOnly: false,
    contender: {
      ...{ label: 'border and linear layer', method: 'visual-prompt', design: 'ilm-vp', recipe: 'quick' },
      mapping: { kind: 'linear' },
    },
  },
  {
    id: 'fixed-patch',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'fixed patch', method: 'visual-prompt', design: 'vp-fixed-patch', recipe: 'quick' },
  },
  {
    id: 'random-patch',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'random patch', method: 'visual-prompt', design: 'vp-random-patch', recipe: 'quick' },
  },
  {
    id: 'full',
    family: 'pixels',
    clipOnly: false,
    contender: {
      ...{ label: 'every pixel', method: 'visual-prompt', recipe: 'quick' },
      design: { kind: 'full', ...UNTOUCHED },
    },
  },
  {
    id: 'evp',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'frame (EVP)', method: 'visual-prompt', design: 'evp', recipe: 'quick' },
  },
  {
    id: 'autovp',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'frame with scale (AutoVP)', method: 'visual-prompt', design: 'autovp', recipe: 'quick' },
  },
  {
    id: 'lor-vp',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'low rank (LoR-VP)', method: 'visual-prompt', design: 'lor-vp', recipe: 'quick' },
  },
  {
    id: 'best',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'best', method: 'best' },
  },
  {
    id: 'joint',
    family: 'pixels',
    clipOnly: true,
    contender: { label: 'border and words', method: 'joint' },
  },
  {
    id: 'test-time-visual',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'border for each picture', method: 'test-time-visual' },
  },
  {
    id: 'black-box',
    family: 'pixels',
    clipOnly: false,
    contender: {
      ...{ label: 'border, black box, 300 steps', method: 'black-box', design: 'ilm-vp' },
      ...{ a: 0.3, steps: 300, batchSize: 64 },
    },
  },
  {
    id: 'reprogramming',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'reprogrammed', method: 'reprogramming' },
  },
  {
    id: 'unadversarial',
    family: 'pixels',
    clipOnly: false,
    contender: { label: 'a patch for each class', method: 'unadversarial' },
  },
  {
    id: 'fine-tune',
    family: 'weights',
    clipOnly: false,
    contender: {
      ...{ label: 'fine-tuning, 400 steps', method: 'fine-tune' },
      ...{ steps: 400, learningRate: 1e-4, validateEvery: 40 },
    },
  },
] as const satisfies readonly Row[]

export type OfferedId = (typeof OFFERED)[number]['id']
export interface Offered extends Row {
  readonly id: OfferedId
}
