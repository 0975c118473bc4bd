/**
 * What the page and the worker say to each other. Types only: no runtime import from either side.
 *
 * Commands carry an id and are each answered once (`reply` or `refusal`); events come unasked.
 */
import type { Trouble } from '../errors'
import type { Sentence } from '../sentence'
import type { AdapterFacts } from '../runtime/adapter-facts'
import type { EngineKind } from '../runtime/engine'
import type { FaultKind } from '../runtime/fault'
import type { GradientCheck } from '../methods/gradient-check'
import type { SelfCheck } from '../methods/self-check'
import type { ModelAdvice, VariantId } from '../models/capability'
import type { ModelBase } from '../models/hub/base'
import type { CatalogueModel } from '../models/hub/catalogue'
import type { Arrangement } from '../data/arrangement'
import type { Split, SkippedFile, TaskClass } from '../data/task'
import type { Recipe } from '../learning/recipe'
import type { ImageCommands, IntakeEvent } from './protocol-images'
import type { LookCommands } from './protocol-look'
import type { RunsCommands, RunsEvent } from './protocol-runs'
import type { StudyCommands, StudyEvent } from './protocol-study'
import type { TimelineCommands, TimelineEvent } from './protocol-timeline'
import type { TuningCommands, TuningEvent } from './protocol-tuning'

/** Accuracy with its 95 % Wilson interval, all as fractions of 1. */
export interface Accuracy {
  readonly correct: number
  readonly total: number
  readonly top1: number
  readonly ci95: readonly [number, number]
}

export interface Capability {
  readonly engine: EngineKind
  /** "NVIDIA RTX 3060 (WebGPU)" or "WASM, 2 threads". */
  readonly description: string
  /** Why not WebGPU, where it is not: "no WebGPU adapter" or "only a software adapter, slower than WASM"; null on WebGPU. */
  readonly reason: Sentence | null
  readonly crossOriginIsolated: boolean
  /** What the adapter in use allows; null on engines without one. */
  readonly adapter: AdapterFacts | null
}

/** A model of a catalogue, in one of its variants, and where its files are fetched from. */
export interface HubChoice {
  readonly entry: CatalogueModel
  readonly variant: VariantId
  readonly base: ModelBase
}

export type ModelSource =
  /** A model that comes with the program, by its folder; on Node any folder on disk. */
  | { readonly id: string }
  /** Its files must be in the store already: `fetchModel` brings them there. */
  | HubChoice
  /** Files that a person chose: a folder in the hub's layout, or the files of one. */
  | { readonly name: string; readonly files: readonly SourceFile[] }

/** A model of the catalogue, and how it stands on this machine. */
export interface HubOffer {
  readonly entry: CatalogueModel
  readonly advice: ModelAdvice
  /** Variants all of whose files are in the store. */
  readonly here: readonly VariantId[]
  /** Variants of which something, but not all, is in the store. */
  readonly begun: readonly VariantId[]
  /** Of all its variants, bytes in the store. */
  readonly keptBytes: number
}

/** What can be had besides the models that come with the program (models/catalogue.ts). */
export interface ModelsReport {
  readonly hub: readonly HubOffer[]
  /** Models in the store that this catalogue does not list. */
  readonly others: readonly { readonly id: string; readonly keptBytes: number }[]
  /** Bytes that may still be stored; null where that is enough for any of these. */
  readonly freeBytes: number | null
  /** False where what is fetched is forgotten with the page. */
  readonly lasting: boolean
  /** What was wrong with the address's own catalogue; the program's is shown instead. */
  readonly trouble: { readonly message: string; readonly remedy: string } | null
}

export interface ModelInfo {
  readonly id: string
  readonly kind: 'clip' | 'classifier'
  /** Names of a classifier's own outputs, [K]; null for a CLIP, whose classes are the task's. */
  readonly labels: readonly string[] | null
  readonly origin: 'embedded' | 'hub' | 'files'
  /** Of a model from the hub. */
  readonly variant: VariantId | null
  /** What it is called in files: the name of its folder. */
  readonly name: string
  /** What it is called on the page. */
  readonly title: string
  readonly imageSize: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** sha256 of the vision (and text) ONNX bytes together, hex. */
  readonly sha256: string
  readonly bytes: number
  /** Pictures whose answers were published for a model of this shape; empty where none were. */
  readonly checks: readonly { readonly picture: string; readonly source: string }[]
}

export interface SampleInfo {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly echoes: string
}

export interface TaskInfo {
  readonly id: string
  /** Id of the album that the images lie in. */
  readonly album: string
  readonly title: string
  readonly description: string
  readonly template: string
  readonly classes: readonly TaskClass[]
  /** counts[split][class] */
  readonly counts: Readonly<Record<Split, readonly number[]>>
  readonly imageSize: number
  readonly fingerprint: string
  readonly skipped: readonly SkippedFile[]
  readonly splitSeed: number | null
  /** What was made of the album: the same again makes the same task of it. */
  readonly arrangement: Arrangement
}

/** One image for display: uint8 RGB planes [3,S,S] and its truth. */
export interface PictureInfo {
  readonly split: Split
  readonly index: number
  readonly path: string
  readonly label: number
  readonly pixels: Uint8Array
}

export interface Prediction {
  readonly split: Split
  readonly index: number
  readonly label: number
  /** Class probabilities [C], fractions of 1. */
  readonly zeroShot: Float32Array
  readonly prompted: Float32Array
}

/** A file handed to the lab: bytes are read in the worker. `path` is relative to what was dropped. */
export interface SourceFile {
  readonly path: string
  readonly file: Blob
}

export type TaskSource = (
  | { readonly kind: 'sample'; readonly id: string }
  /** Images in folders, loose, or beside a table of labels; zips of them. */
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly SourceFile[]; readonly splitSeed: number }
  /** An album that this browser keeps: its files are not needed. */
  | { readonly kind: 'album'; readonly id: string }
) & { /** As the folders have it, or as it was last, unless said. */ readonly arrangement?: Arrangement }

/** Command name -> [what is asked, what is answered]. */
export interface Commands
  extends ImageCommands, TimelineCommands, LookCommands, RunsCommands, StudyCommands, TuningCommands {
  /** First command. 'auto' takes WebGPU on a real adapter, WASM otherwise. */
  initialise: [{ backend: 'auto' | 'webgpu' | 'wasm' }, { capability: Capability; samples: readonly SampleInfo[] }]
  /** Another engine, under the model and the images that are loaded. The run is let go, kept as it stands: see `goOn`. */
  changeEngine: [{ backend: 'webgpu' | 'wasm' }, Capability]
  /**
   * `known`: entries that the page remembers, listed even where the base's catalogue lacks them or cannot be had.
   * `batchSize` is that of the recipe that would be learned by: it decides the memory.
   */
  models: [{ base: ModelBase; known: readonly CatalogueModel[]; batchSize: number }, ModelsReport]
  /**
   * Brings a model's files into the store; `download` events tell how far. Whatever stands goes on meanwhile. Resolves
   * false when it was cancelled: what came so far is kept, and the next fetch goes on from there.
   */
  fetchModel: [HubChoice, { complete: boolean }]
  cancelFetch: [Record<string, never>, Record<string, never>]
  /** Removes a model's files from the store; of the one that is loaded only what lies on the engine stays. */
  forgetModel: [{ id: string }, { freedBytes: number }]
  /** The model before, and what was learned on it, are dropped only when the new one stands. */
  loadModel: [ModelSource, ModelInfo]
  /** A picture whose answers were published goes through the CLIP in use; which picture it is, its bytes tell. */
  checkModel: [{ file: Blob }, SelfCheck]
  loadTask: [TaskSource, TaskInfo]
  /** Images for display: `count` of a split spread evenly over its classes, or the given indices. As `predict` on test. */
  pictures: [{ split: Split; indices: readonly number[] } | { split: Split; count: number }, readonly PictureInfo[]]
  /**
   * Starts learning from step 0 (an unfinished run is dropped). Resolves when learning has begun. `outputs` names the
   * classifier's output of each class (a CLIP takes none); the first ones where it is left out.
   */
  start: [
    { recipe: Recipe; seed: number; paused: boolean; outputs?: readonly number[] },
    { steps: number; parameterCount: number; border: number },
  ]
  /** Pauses after the current step. */
  pause: [Record<string, never>, { step: number }]
  resume: [Record<string, never>, { step: number }]
  /** While paused: exactly one step. */
  step: [Record<string, never>, { step: number }]
  /** Ends learning early; the best checkpoint so far is evaluated on test, `finished` follows. */
  stop: [Record<string, never>, { step: number }]
  /**
   * Probabilities with the current prompt at this strength (1 = as learned). Refused on the test split from `start`
   * until the run has `finished`: who saw its answers could choose by them. `at` takes the parameters of a keyframe.
   */
  predict: [{ split: Split; indices: readonly number[]; strength: number; at?: number }, readonly Prediction[]]
  /** Addresses that the lab has fetched, so that they can be kept for a visit without a network. */
  resources: [Record<string, never>, { urls: readonly string[] }]
  /** Frees sessions, tensors, device; what is still alive then, and sessions that nobody had closed when the engine was. */
  dispose: [Record<string, never>, { gpuBuffers: number; tfTensors: number; sessions: number }]
}
export type CommandName = keyof Commands

/** Which outputs of a classifier stood for the classes of the task. */
export interface MappingInfo {
  readonly kind: 'first' | 'chosen'
  /** Output of each class, [C]. */
  readonly outputs: readonly number[]
  /** What the classifier calls these outputs, [C]. */
  readonly labels: readonly string[]
}

export interface RunResult {
  readonly stoppedEarly: boolean
  /** Steps made, and the step whose prompt was best on validation and is reported here. */
  readonly steps: number
  readonly bestStep: number
  readonly seconds: number
  readonly secondsPerStep: number
  /** On the test split. zeroShot of a classifier: the frozen model through `mapping`, nothing learned. */
  readonly zeroShot: Accuracy
  readonly prompted: Accuracy
  /** Test images that zero-shot got wrong and the prompt right, and the reverse; indices into the test split. */
  readonly fixed: readonly number[]
  readonly broken: readonly number[]
  /** McNemar's exact two-sided p-value of fixed against broken. */
  readonly pValue: number
  /** [3,S,S] normalised units, the prompt reported. */
  readonly prompt: Float32Array
  readonly frozenSha256Before: string
  /** Empty where the model's files could not be read again. */
  readonly frozenSha256After: string
  readonly model: string
  /** CLIP: the text that classes were put into. null for a classifier, which reads no text. */
  readonly template: string | null
  /** Classifier: its label mapping. null for a CLIP. */
  readonly mapping: MappingInfo | null
  readonly seed: number
  readonly engine: EngineKind
}

/** Recovering: the device was lost or memory ran out, and what lived on it is being built again. */
export type RunStatus = 'idle' | 'learning' | 'paused' | 'testing' | 'recovering' | 'finished' | 'failed'

/** The gradient was held against differences of the loss, once for a model on an engine, before its first run. */
export interface GradientChecked extends GradientCheck {
  readonly type: 'gradientCheck'
  readonly model: string
}

export type LabEvent =
  | {
      readonly type: 'progress'
      readonly stage: 'model' | 'task' | 'zero-shot' | 'warm-up' | 'validation' | 'test'
      readonly done: number
      readonly total: number
    }
  | {
      readonly type: 'download'
      /** Bytes of all files of the variant, those of an earlier part included. */
      readonly loaded: number
      readonly total: number
      /** 0 until it is known. */
      readonly bytesPerSecond: number
      readonly etaSeconds: number | null
      /** Whether it went on from a part of an earlier download. */
      readonly resumed: boolean
    }
  | { readonly type: 'zeroShot'; readonly split: 'val'; readonly accuracy: Accuracy }
  | {
      readonly type: 'steps'
      /** Parallel arrays, one entry a step, in order. */
      readonly step: readonly number[]
      readonly loss: readonly number[]
      readonly learningRate: readonly number[]
      readonly gradientNorm: readonly number[]
      /** Share of each batch answered rightly, before its update; null where it was not read. */
      readonly batchAccuracy?: readonly (number | null)[]
      readonly imagesPerSecond: number
      readonly etaSeconds: number
    }
  | { readonly type: 'validation'; readonly step: number; readonly accuracy: Accuracy }
  /** The border after `step` steps: float32 [3,S,S] in normalised units, zero inside. */
  | { readonly type: 'prompt'; readonly step: number; readonly pixels: Float32Array }
  /** Before the first run of a model on an engine: how far its gradient is from the slope of its loss (methods/gradient-check.ts). */
  | GradientChecked
  | TimelineEvent
  | IntakeEvent
  | RunsEvent
  | StudyEvent
  | TuningEvent
  | { readonly type: 'status'; readonly status: RunStatus }
  /** Follows the status `recovering`; the status before comes again when the device is back, or the run has `failed`. */
  | {
      readonly type: 'recovering'
      readonly cause: FaultKind
      /** What happened, as a sentence. */
      readonly message: string
      readonly said: Sentence
      /** The step of the checkpoint that learning goes on from. */
      readonly step: number
      /** 1 for the first try in a row. */
      readonly attempt: number
      /** Images that one run of the graph holds from now on, and whether these are fewer than before. */
      readonly rows: number
      readonly halved: boolean
    }
  | { readonly type: 'finished'; readonly result: RunResult }
  /** Learning ended by an error; the last good checkpoint is kept and can be predicted with. */
  | (Trouble & {
      readonly type: 'failed'
      readonly lastGoodStep: number
      /** Where it was the device: another engine may go on (`changeEngine`). */
      readonly cause?: FaultKind
    })

export type ToLab = {
  [K in CommandName]: { readonly id: number; readonly command: K; readonly body: Commands[K][0] }
}[CommandName]
export type FromLab =
  | { readonly kind: 'reply'; readonly id: number; readonly body: unknown }
  | ({ readonly kind: 'refusal'; readonly id: number } & Trouble)
  | { readonly kind: 'event'; readonly event: LabEvent }
