/** What a run is made of, and where one that was kept goes on. */
import type { Task } from '../data/task'
import type { PixelFormat } from '../learning/batches'
import type { Checkpoint } from '../learning/checkpoint'
import type { Recipe } from '../learning/recipe'
import type { Classifier } from '../methods/classifier'
import type { NamedTensors } from '../methods/method'
import type { Keyframe } from '../records/run-record'
import type { EngineKind } from '../runtime/engine'
import type { EngineFault } from '../runtime/fault'
import type { RunKeeper } from './keeper'
import type { LabEvent, MappingInfo } from './protocol'

/** The owner of the device, as a run sees it. */
export interface RunDevice {
  /** The classifier at so many rows a run of the graph; after a fault a new one, on a device that works. */
  open(rows: number, fault: EngineFault | null): Promise<Classifier>
  /** What made the engine faulty; null while it is ready. */
  fault(): EngineFault | null
  /** The fault behind an error; null where it is none. */
  faultOf(error: unknown): Promise<EngineFault | null>
}

/** What is known of a run that was begun before. */
export interface Begun {
  readonly checkpoint: Checkpoint
  /** The last step that was validated. */
  readonly validated: number
  readonly history: readonly Keyframe[]
  /** Zero-shot logits of the images validated; measured again where they were not kept. */
  readonly baseline: Float32Array | null
  /** At work until the checkpoint. */
  readonly seconds: number
  readonly secondsPerStep: number
}

/** A border that was learned elsewhere. */
export interface Brought {
  readonly parameters: NamedTensors
  /** Steps that it was learned for. */
  readonly step: number
}

export interface RunOptions {
  readonly device: RunDevice
  /** Rows of one run of the graph, to begin with: halved where memory does not suffice. */
  readonly rows: number
  readonly task: Task
  readonly format: PixelFormat
  readonly model: string
  /** Of a classifier; null for a CLIP. */
  readonly mapping: MappingInfo | null
  readonly recipe: Recipe
  readonly seed: number
  readonly paused: boolean
  readonly engine: EngineKind
  readonly emit: (event: LabEvent) => void
  /** Goes on from here. */
  readonly from?: Begun
  /** Where the run is kept; absent: nowhere. */
  readonly keeper?: RunKeeper
  /** Waits between rebuilds, ms; tests have no patience. */
  readonly waitMs?: readonly number[]
}
