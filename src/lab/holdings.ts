/**
 * What the lab holds: one engine, one frozen model, one task, and the run on them; and the rules of what may be looked at.
 * The commands (`commands/*.ts`) are each a few lines on it.
 */
import type { Decoder } from '../data/decode'
import type { PackedSample } from '../data/sample-facts'
import type { SampleManifest } from '../data/samples'
import type { Source } from '../data/source'
import type { Drawer } from '../data/shelf/drawer'
import type { ImageSet, Split, Task } from '../data/task'
import { UserError } from '../errors'
import type { ModelFiles } from '../models/files'
import type { FrozenModel } from '../models/frozen-model'
import type { ModelStore } from '../models/hub/store'
import type { Engine } from '../runtime/engine'
import { taskInfo } from './describe'
import { GradientGuard } from './gradient-guard'
import { fits, Images } from './images'
import { KeptRuns, type KeepingPlatform } from './kept-runs'
import { Models } from './models'
import { ZeroShotCache } from './pictures'
import type { Capability, CommandName, Commands, LabEvent, ModelInfo, TaskInfo } from './protocol'
import type { Run } from './run'
import { Workbench } from './workbench'

/** What differs between a worker and Node. */
export interface Platform extends KeepingPlatform {
  openEngine(backend: 'auto' | 'webgpu' | 'wasm'): Promise<{ engine: Engine; capability: Capability }>
  modelFiles(id: string): ModelFiles
  samples(): Promise<readonly SampleManifest[]>
  sampleSource(manifest: SampleManifest): Promise<Source>
  /** A sample whose pictures are known before they are read; null, or absent, where there is none. */
  packedSample?(manifest: SampleManifest): Promise<PackedSample | null>
  readonly decoder: Decoder
  /** Where decoded pictures and albums are kept. */
  albumDrawer(): Promise<Drawer>
  /** Where fetched models are kept; null where models come from folders on disk only. */
  modelStore(): Promise<ModelStore | null>
}

/** The handlers of some commands. */
export type CommandTable<K extends CommandName> = {
  readonly [N in K]: (body: Commands[N][0]) => Promise<Commands[N][1]>
}

/** Methods that are being measured side by side (study.ts). */
export interface StudyAtWork {
  /** Ends it after the batch under way; what it has measured is kept. Resolves when it has ended. */
  stop(): Promise<void>
  readonly ended: Promise<void>
}

export class Holdings {
  readonly bench: Workbench
  readonly models: Models
  readonly gradients: GradientGuard
  readonly images: Images
  readonly runs: KeptRuns
  samples: readonly SampleManifest[] = []
  capability: Capability | null = null
  model: FrozenModel | null = null
  /** The model as the page was told of it. */
  modelInfo: ModelInfo | null = null
  task: Task | null = null
  run: Run | null = null
  /** It and a run are never at work at the same time. */
  study: StudyAtWork | null = null
  /** A picture for which the prompt is being tuned: it gives way to all else (session.ts). */
  tuning: { stop(): void } | null = null
  /** Id of a kept run that is only looked at. */
  shown: string | null = null
  zeroShot = new ZeroShotCache()
  #queue: Promise<unknown> = Promise.resolve()

  constructor(
    readonly platform: Platform,
    readonly emit: (event: LabEvent) => void,
  ) {
    this.bench = new Workbench((backend) => platform.openEngine(backend), emit)
    this.models = new Models(() => platform.modelStore(), platform.modelFiles, emit, this.bench.reckon)
    this.gradients = new GradientGuard(emit)
    this.images = new Images(platform.decoder, () => platform.albumDrawer(), emit)
    this.runs = new KeptRuns(platform, emit)
  }

  /** @throws UserError that says what is missing and how it is had */
  need(name: 'engine'): Capability
  need(name: 'model'): FrozenModel
  need(name: 'task'): Task
  need(name: 'run'): Run
  need(name: keyof typeof MISSING): Capability | FrozenModel | Task | Run {
    const thing = { engine: this.capability, model: this.model, task: this.task, run: this.run }[name]
    if (thing !== null) return thing
    const [message, remedy] = MISSING[name]
    throw new UserError(message, remedy)
  }

  async useModel(model: FrozenModel, info: ModelInfo): Promise<void> {
    await this.dropRun()
    this.model = model
    this.modelInfo = info
    // Its pixels are cut as the old model wanted them.
    const { imageSize: size, resize } = model
    const { held } = this.images
    if (!held || fits(held, { size, resize })) return
    this.task = null
    this.images.hold(null)
  }

  async useTask(task: Task): Promise<TaskInfo> {
    await this.dropRun()
    this.task = task
    return taskInfo(task)
  }

  /** The open album is not one that can be learned from. */
  async dropTask(): Promise<void> {
    await this.dropRun()
    this.task = null
  }

  /** Work that changes what the lab holds: one after the other. */
  inTurn<R>(work: () => Promise<R>): Promise<R> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** @throws UserError while a study is at work, which the engine is for alone */
  requireNoStudy(): void {
    if (!this.study) return
    throw new UserError(
      'A study is being measured, and nothing is learned beside it.',
      'Wait for its end, or stop it in the view Study: what it has measured is kept.',
    )
  }

  async abandonRun(): Promise<void> {
    const { run } = this
    this.run = null
    this.shown = null
    await run?.abandon()
  }

  /** Ends a study; frees run and session, which belong to one model and one task. */
  async dropRun(): Promise<void> {
    await this.study?.stop()
    await this.abandonRun()
    await this.bench.closeClassifier()
    this.emit({ type: 'status', status: 'idle' })
  }

  async close() {
    await this.study?.stop()
    await this.abandonRun()
    return this.bench.close()
  }

  /** Images of a split; of test only where no run is yet to be measured by them. */
  openSplit(split: Split): ImageSet {
    const task = this.need('task')
    if (split === 'test' && this.run?.measured === false) throw new TestSplitClosed()
    return task.splits[split]
  }
}

/** The test split was asked for between the start of a run and its end result. */
export class TestSplitClosed extends UserError {
  constructor() {
    super(
      'The test images stay closed until a run has finished, since nobody should choose by them.',
      'Let the run finish or press Stop, and look at validation images meanwhile.',
    )
  }
}

const MISSING = {
  engine: ['No engine has been opened yet.', 'Reload the page.'],
  model: ['No model is loaded yet.', 'Wait until the model is loaded, or load one.'],
  task: ['No images are loaded yet.', 'Choose a sample task, or drop a folder of images.'],
  run: ['Nothing has been learned yet.', 'Press Start first.'],
} as const
