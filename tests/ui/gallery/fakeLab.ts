/**
 * A lab that only pretends, for looking at the page while nothing is learned and for testing the stores. Its numbers
 * mean nothing; it is served by `tests/ui/gallery/index.html` in development and is no part of the built page.
 */
import type { LabClient } from '../../../src/lab/client'
import type {
  Accuracy,
  CommandName,
  Commands,
  HubOffer,
  LabEvent,
  PictureInfo,
  Prediction,
} from '../../../src/lab/protocol'
import { UserError } from '../../../src/errors'
import type { Recipe } from '../../../src/learning/recipe'
import { adviseModel } from '../../../src/models/capability'
import { catalogue } from '../../../src/models/hub/catalogue'
import { fakeArrangement, fakeImages } from './fakeImages'
import { fakeStudy } from './fakeStudy'
import { fakeRuns } from './fakeRuns'
import { said } from '../../../src/sentence'

const SIDE = 64
const BORDER = 9
const CLASSES = ['one object', 'two objects', 'three objects', 'four objects', 'five objects']
const PER_CLASS = 100

export const fakeAccuracy = (top1: number, total: number): Accuracy => {
  const half = 1.96 * Math.sqrt((top1 * (1 - top1)) / total)
  return { correct: Math.round(top1 * total), total, top1, ci95: [Math.max(0, top1 - half), Math.min(1, top1 + half)] }
}

const ADAPTER = {
  name: 'A pretended adapter',
  software: false,
  halfPrecision: false,
  maxBufferSize: 2 ** 31,
  maxStorageBufferBindingSize: 2 ** 27,
}

/** One model here, one begun, one not fetched, one that is too large for the pretended adapter. */
function fakeOffers(webgpu: boolean): readonly HubOffer[] {
  const machine = {
    engine: webgpu ? 'webgpu' : 'wasm',
    adapter: webgpu ? ADAPTER : null,
    freeBytes: 2e9,
    roomForPacked: 1e9,
  } as const
  return catalogue().map((entry, i) => {
    const whole = Object.fromEntries(entry.variants.map((v) => [v.id, v.vision.bytes + v.text.bytes]))
    const missing = { ...whole, ...(i === 0 ? { fp32: 0 } : i === 1 ? { fp32: 400e6 } : {}) }
    const keptBytes = i === 0 ? whole.fp32! : i === 1 ? whole.fp32! - 400e6 : 0
    const advice = adviseModel(machine, entry, { rows: 16, activationBytes: 288e6 }, missing)
    return { entry, advice, here: i === 0 ? ['fp32'] : [], begun: i === 1 ? ['fp32'] : [], keptBytes }
  })
}

export interface FakeLabOptions {
  readonly stepMs?: number
  /** Fails with a NaN at this step. */
  readonly nanAt?: number
  readonly webgpu?: boolean
}

export function createFakeLab({ stepMs = 40, nanAt, webgpu = false }: FakeLabOptions = {}): LabClient {
  const listeners = new Set<(event: LabEvent) => void>()
  const emit = (event: LabEvent) => listeners.forEach((listener) => listener(event))
  let timer: ReturnType<typeof setInterval> | undefined
  let recipe: Recipe | null = null
  let seed = 0
  let step = 0
  let prompt = new Float32Array(3 * SIDE * SIDE)

  function oneStep() {
    if (!recipe) return
    step++
    if (step === nanAt) {
      clearInterval(timer)
      emit({ type: 'status', status: 'failed' })
      emit({
        type: 'failed',
        message: `The loss became NaN at step ${step}.`,
        remedy: 'Try a smaller learning rate.',
        lastGoodStep: step - 1,
      })
      return
    }
    const share = step / recipe.steps
    prompt = grow(prompt, share, step)
    emit({
      type: 'steps',
      step: [step],
      loss: [1.45 * Math.exp(-2 * share) + 0.35 + 0.12 * Math.sin(step * 12.9898)],
      learningRate: [recipe.learningRate],
      gradientNorm: [1],
      imagesPerSecond: 412,
      etaSeconds: ((recipe.steps - step) * stepMs) / 1000,
    })
    emit({ type: 'prompt', step, pixels: prompt })
    if (step % recipe.validateEvery === 0) emit({ type: 'validation', step, accuracy: validation(share) })
    if (step >= recipe.steps) finish(false)
  }

  const validation = (share: number) => fakeAccuracy(0.44 + 0.3 * (1 - Math.exp(-3 * share)), 250)

  function finish(stoppedEarly: boolean) {
    clearInterval(timer)
    emit({ type: 'status', status: 'testing' })
    emit({
      type: 'finished',
      result: {
        stoppedEarly,
        steps: step,
        bestStep: step,
        seconds: step * 0.04,
        secondsPerStep: 0.04,
        zeroShot: fakeAccuracy(0.452, 500),
        prompted: fakeAccuracy(0.714, 500),
        fixed: Array.from({ length: 152 }, (_, i) => i * 3),
        broken: Array.from({ length: 21 }, (_, i) => i * 7 + 1),
        pValue: 2e-21,
        prompt,
        frozenSha256Before: 'f'.repeat(64),
        frozenSha256After: 'f'.repeat(64),
        model: 'Pretended Stamp',
        template: 'a picture of {}',
        mapping: null,
        seed,
        engine: webgpu ? 'webgpu' : 'wasm',
      },
    })
    emit({ type: 'status', status: 'finished' })
  }

  const run = () => {
    clearInterval(timer)
    timer = setInterval(oneStep, stepMs)
    emit({ type: 'status', status: 'learning' })
  }

  const answers: { [K in CommandName]: (body: Commands[K][0]) => Commands[K][1] | Promise<Commands[K][1]> } = {
    initialise: () => ({
      capability: {
        engine: webgpu ? 'webgpu' : 'wasm',
        description: webgpu ? 'A pretended adapter (WebGPU)' : 'WASM, 2 threads',
        reason: webgpu ? null : said`no WebGPU adapter`,
        crossOriginIsolated: true,
        adapter: webgpu ? ADAPTER : null,
      },
      samples: [
        {
          id: 'counting',
          title: 'Counting things',
          description: 'How many objects are there, one to five, in a style the model never saw?',
          echoes: 'CLEVR in the paper: counting is where a border helps most',
        },
        {
          id: 'clutter',
          title: 'Digits in clutter',
          description: 'The digit in the middle, among pieces of others.',
          echoes: 'SVHN: house numbers with neighbours',
        },
        {
          id: 'shifted',
          title: 'A shifted style',
          description: 'Shapes drawn by edges alone.',
          echoes: 'WILDS: the same things, seen elsewhere',
        },
      ],
    }),
    changeEngine: () => ({
      ...{ engine: 'wasm', description: 'WASM, 2 threads', reason: null, crossOriginIsolated: true, adapter: null },
    }),
    models: () => ({
      hub: fakeOffers(webgpu),
      others: [{ id: 'somebody/clip-of-last-year', keptBytes: 351e6 }],
      freeBytes: 2e9,
      lasting: true,
      trouble: null,
    }),
    fetchModel: () => {
      const figures = { loaded: 112e6, total: 605e6, bytesPerSecond: 9.4e6, etaSeconds: 52, resumed: true }
      emit({ type: 'download', ...figures })
      return new Promise(() => undefined) // for ever on its way, to be looked at
    },
    ...fakeRuns,
    ...fakeStudy,
    cancelFetch: () => ({}),
    checkModel: () => ({
      checkpoint: 'openai/clip-vit-base-patch32',
      ...{ source: 'https://example.org/where-it-was-published', image: 'CLIP.png', pass: false },
      rows: ['a diagram', 'a dog', 'a cat'].map((of, i) => ({
        ...{ case: 'pretended', quantity: 'probabilities' as const, of, tolerance: 2e-3, pass: i === 0 },
        ...{ expected: [0.9927937, 0.00421068, 0.00299572][i]!, got: [0.9921, 0.0072, 0.0007][i]! },
      })),
    }),
    forgetModel: () => ({ freedBytes: 0 }),
    loadModel: () => ({
      id: 'stamp',
      origin: 'embedded',
      checks: [{ picture: 'CLIP.png', source: 'https://example.org/where-it-was-published' }],
      variant: null,
      kind: 'clip',
      labels: null,
      name: 'pretended',
      title: 'Pretended Stamp',
      imageSize: SIDE,
      mean: [0.481, 0.458, 0.408],
      std: [0.269, 0.261, 0.276],
      sha256: 'f'.repeat(64),
      bytes: 8_400_000,
    }),
    loadTask: (source) => {
      if (source.kind === 'files' && source.files.length < 2)
        throw new UserError('There is only one class.', 'Give at least two folders of pictures.')
      return {
        id: source.kind === 'sample' ? source.id : 'own',
        album: 'pretended',
        title: source.kind === 'files' ? source.name : 'Counting things',
        description: 'How many objects are there?',
        template: 'a picture of {}',
        classes: CLASSES.map((name) => ({ folder: name, name })),
        counts: { train: CLASSES.map(() => 120), val: CLASSES.map(() => 50), test: CLASSES.map(() => PER_CLASS) },
        imageSize: SIDE,
        fingerprint: source.kind === 'sample' ? source.id : 'own',
        skipped: source.kind === 'sample' ? [] : [{ path: 'cats/readme.txt', reason: 'not an image' }],
        splitSeed: source.kind === 'files' ? source.splitSeed : null,
        arrangement: fakeArrangement(CLASSES),
      }
    },
    ...fakeImages(CLASSES, picture, SIDE),
    pictures: (asked) => {
      const { split } = asked
      const indices =
        'indices' in asked
          ? asked.indices
          : Array.from(
              { length: asked.count },
              (_, i) => Math.floor((i * CLASSES.length * PER_CLASS) / asked.count) + i,
            )
      return indices.map((index) => picture(split, index))
    },
    start: (asked) => {
      recipe = asked.recipe
      seed = asked.seed
      step = 0
      prompt = new Float32Array(3 * SIDE * SIDE)
      emit({ type: 'zeroShot', split: 'val', accuracy: fakeAccuracy(0.44, 250) })
      emit({ type: 'validation', step: 0, accuracy: fakeAccuracy(0.44, 250) })
      emit({ type: 'prompt', step: 0, pixels: prompt })
      if (asked.paused) emit({ type: 'status', status: 'paused' })
      else run()
      return { steps: recipe.steps, parameterCount: 3 * (SIDE ** 2 - (SIDE - 2 * BORDER) ** 2), border: BORDER }
    },
    pause: () => {
      clearInterval(timer)
      emit({ type: 'status', status: 'paused' })
      return { step }
    },
    resume: () => {
      run()
      return { step }
    },
    step: () => {
      oneStep()
      return { step }
    },
    stop: () => {
      finish(true)
      return { step }
    },
    predict: ({ indices, split, strength }) =>
      indices.map((index): Prediction => {
        const label = picture(split, index).label
        const gain = Math.min(1, strength) * (recipe ? step / recipe.steps : 0)
        return {
          split,
          index,
          label,
          zeroShot: probabilities(label, index, 0),
          prompted: probabilities(label, index, gain),
        }
      }),
    moment: ({ step: at }) => ({ step: at, border: prompt.slice(), validation: null }),
    leaveAnswers: () => ({}),
    look: () => ({
      pixels: picture('val', 5).pixels,
      zeroShot: probabilities(2, 5, 0),
      prompted: probabilities(2, 5, 1),
      region: { left: 0, top: 0, width: 1, height: 1 },
    }),
    tunePicture: () => ({
      ...{ sentence: 'This is a photo of a {}.', ownTemplate: true, kept: [0, 1], seconds: 2 },
      views: Array.from({ length: 8 }, (_, i) => ({ pixels: picture('val', i).pixels, entropy: 0.2 * i })),
      ...{ entropyBefore: 0.8, entropyAfter: 0.7 },
      ...{ before: probabilities(2, 5, 0), after: probabilities(2, 5, 1) },
    }),
    cancelTuning: () => ({}),
    resources: () => ({ urls: [] }),
    dispose: () => ({ gpuBuffers: 0, tfTensors: 0, sessions: 0 }),
  }

  return {
    call: async (command, body) => {
      await Promise.resolve()
      return answers[command](body)
    },
    onEvent: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onDeath: () => () => {},
    terminate: () => clearInterval(timer),
  }
}

/** Dots on a ground, as many as the class says. */
export function picture(split: PictureInfo['split'], index: number): PictureInfo {
  const label = Math.floor(index / PER_CLASS) % CLASSES.length
  const pixels = new Uint8Array(3 * SIDE * SIDE)
  const random = mulberry(index + 1)
  const ground = [150 + 80 * random(), 150 + 80 * random(), 150 + 80 * random()]
  const dots = Array.from({ length: label + 1 }, () => ({
    x: 12 + 40 * random(),
    y: 12 + 40 * random(),
    r: 5 + 4 * random(),
    rgb: [200 * random(), 200 * random(), 200 * random()],
  }))
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const dot = dots.find((d) => Math.hypot(d.x - x, d.y - y) < d.r)
      for (let c = 0; c < 3; c++) pixels[c * SIDE * SIDE + y * SIDE + x] = (dot?.rgb ?? ground)[c]! + 14 * random()
    }
  return { split, index, path: `${split}/${CLASSES[label]}/${String(index).padStart(4, '0')}.png`, label, pixels }
}

function grow(old: Float32Array, share: number, step: number): Float32Array<ArrayBuffer> {
  const next = Float32Array.from(old)
  const rate = 0.03 * (1 - share)
  for (let i = 0; i < SIDE * SIDE; i++) {
    const x = i % SIDE
    const y = Math.floor(i / SIDE)
    if (x >= BORDER && y >= BORDER && x < SIDE - BORDER && y < SIDE - BORDER) continue
    for (let c = 0; c < 3; c++) {
      const wave = Math.sin(x * 0.9 + c * 2) * Math.cos(y * 0.8 + c) + 0.7 * Math.sin((x + y * 3 + step) * 1.7 + c)
      next[c * SIDE * SIDE + i]! += rate * wave
    }
  }
  return next
}

function probabilities(label: number, index: number, gain: number): Float32Array {
  const random = mulberry(index + 77)
  const logits = CLASSES.map((_, k) => 2 * random() + (k === label ? 0.4 + 3 * gain : 0))
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
  return Float32Array.from(logits, (logit) => Math.exp(logit) / sum)
}

function mulberry(seed: number): () => number {
  let state = seed * 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296
  }
}
