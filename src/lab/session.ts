/**
 * The lab: engine, model, task and the run on them, behind the commands of the protocol. Independent of Worker and page:
 * the worker, the command line and tests give it a `Platform` and hear its events.
 */
import { loadTask } from '../data/load'
import type { Decoder } from '../data/decode'
import { loadSample, type SampleManifest } from '../data/samples'
import { droppedSource, droppedZip, type Source } from '../data/source'
import { zipSource } from '../data/source-zip'
import { SPLITS, type ImageSet, type Split, type Task } from '../data/task'
import { UserError } from '../errors'
import { requireFits } from '../models/capability'
import type { ModelFiles } from '../models/files'
import { loadModel, type FrozenModel } from '../models/frozen-model'
import type { ModelStore } from '../models/hub/store'
import { sameResize } from '../models/resize-rule'
import type { Engine } from '../runtime/engine'
import { GradientGuard } from './gradient-guard'
import { checkModel } from './check'
import { Models } from './models'
import { predictPictures, ZeroShotCache } from './pictures'
import { mappingInfo, mappingOf, modelInfo, pickEvenly, pictureOf, taskInfo, tensorFacts } from './describe'
import type {
  Capability,
  CommandName,
  Commands,
  LabEvent,
  ModelInfo,
  PictureInfo,
  Prediction,
  TaskInfo,
  TaskSource,
} from './protocol'
import { Run } from './run'
import { Workbench } from './workbench'

/** What differs between a worker and Node. */
export interface Platform {
  openEngine(backend: 'auto' | 'webgpu' | 'wasm'): Promise<{ engine: Engine; capability: Capability }>
  modelFiles(id: string): ModelFiles
  samples(): Promise<readonly SampleManifest[]>
  sampleSource(manifest: SampleManifest): Promise<Source>
  readonly decoder: Decoder
  /** Where fetched models are kept; null where models come from folders on disk only. */
  modelStore(): Promise<ModelStore | null>
}

type Body<K extends CommandName> = Commands[K][0]
type Reply<K extends CommandName> = Promise<Commands[K][1]>

/** Commands that change what the lab holds wait for each other; the rest are answered at once. */
const EXCLUSIVE: ReadonlySet<CommandName> = new Set([
  'initialise',
  'loadModel',
  'checkModel',
  'loadTask',
  'start',
  'dispose',
])

export class Lab {
  readonly #bench: Workbench
  #samples: readonly SampleManifest[] = []
  #model: FrozenModel | null = null
  #task: Task | null = null
  /** The model that the task's pixels were cut for. */
  #cut: FrozenModel | null = null
  #zeroShot = new ZeroShotCache()
  #run: Run | null = null
  #capability: Capability | null = null
  readonly #models: Models
  readonly #gradients: GradientGuard
  #queue: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly platform: Platform,
    private readonly emit: (event: LabEvent) => void,
  ) {
    this.#bench = new Workbench((backend) => platform.openEngine(backend), emit)
    this.#models = new Models(() => platform.modelStore(), platform.modelFiles, emit)
    this.#gradients = new GradientGuard(emit)
  }

  /** Carries out a command. Rejects with a UserError where a person can do something about it. */
  handle<K extends CommandName>(command: K, body: Body<K>): Reply<K> {
    const act = () => (this.#commands[command] as (body: Body<K>) => Reply<K>)(body)
    if (!EXCLUSIVE.has(command)) return act()
    const turn = this.#queue.then(act)
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** Identifiers of the sample tasks, the default first. */
  sampleIds(): readonly string[] {
    return this.#samples.map(({ id }) => id)
  }

  /** `loadTask` from a source that is no list of dropped files: a folder or zip on disk. */
  async loadSource(source: Source, splitSeed: number): Promise<TaskInfo> {
    const options = this.#loadOptions(this.#need(this.#model, 'model'))
    return this.#useTask(await loadTask(source, { ...options, splitSeed }))
  }

  /** Resolves when the run under way has ended: finished, failed or dropped. */
  async runEnded(): Promise<void> {
    await this.#run?.ended
  }

  readonly #commands: { [K in CommandName]: (body: Body<K>) => Reply<K> } = {
    initialise: async ({ backend }) => {
      await this.#close()
      const capability = await this.#bench.open(backend)
      this.#capability = capability
      this.#samples = await this.platform.samples()
      return { capability, samples: this.#samples }
    },

    models: ({ base, known, batchSize }) =>
      this.#models.report(this.#need(this.#capability, 'engine'), base, known, batchSize),
    fetchModel: async (choice) => ({ complete: await this.#models.fetch(choice) }),
    cancelFetch: async () => {
      this.#models.cancel()
      return {}
    },
    forgetModel: async ({ id }) => ({ freedBytes: await this.#models.forget(id) }),

    loadModel: async (source): Promise<ModelInfo> => {
      const { files, about } = await this.#models.open(source)
      const model = await loadModel(files, (done, total) =>
        this.emit({ type: 'progress', stage: 'model', done, total }),
      )
      requireFits(this.#capability ?? { adapter: null }, tensorFacts(model))
      await this.#dropRun()
      this.#model = model
      // Its pixels are cut as the old model wanted them.
      const { imageSize, resize } = model
      const cut = this.#cut
      if (cut && !(cut.imageSize === imageSize && sameResize(cut.resize, resize))) this.#task = null
      return modelInfo(about, model)
    },

    checkModel: async ({ file }) =>
      checkModel(this.#bench, this.#need(this.#model, 'model'), this.platform.decoder, file),

    loadTask: async (from): Promise<TaskInfo> => {
      // Only when the new task stands is the old one given up: a bad folder loses nothing.
      const task = await this.#load(from, this.#need(this.#model, 'model'))
      return this.#useTask(task)
    },

    pictures: async (which): Promise<readonly PictureInfo[]> => {
      const set = this.#open(which.split, this.#need(this.#task, 'task'))
      const indices = 'indices' in which ? which.indices : pickEvenly(set, which.count)
      return indices.map((index) => pictureOf(set, which.split, index))
    },

    start: async ({ recipe, seed, paused, outputs }) => {
      await this.#abandonRun()
      const [kind, model, task] = [
        this.#need(this.#bench.kind, 'engine'),
        this.#need(this.#model, 'model'),
        this.#need(this.#task, 'task'),
      ]
      const mapping = mappingOf(model, task, outputs)
      this.#zeroShot = new ZeroShotCache()
      const job = { model, task, mapping }
      const device = this.#bench.device(job)
      // A split may be smaller than a batch.
      const largest = Math.max(...SPLITS.map((split: Split) => task.splits[split].count))
      const rows = this.#bench.rows(job, Math.min(recipe.batchSize, largest))
      await this.#gradients.require({ device, rows, model, task, recipe, engine: kind })
      const run = new Run({
        device,
        rows,
        task,
        format: model,
        model: model.name,
        mapping: mappingInfo(model, mapping),
        recipe,
        seed,
        paused,
        engine: kind,
        emit: this.emit,
      })
      this.#run = run
      await run.start()
      return { steps: recipe.steps, parameterCount: run.parameterCount, border: run.border }
    },

    pause: async () => ({ step: await this.#need(this.#run, 'run').pause() }),
    resume: async () => ({ step: this.#need(this.#run, 'run').resume() }),
    step: async () => ({ step: await this.#need(this.#run, 'run').singleStep() }),
    stop: async () => ({ step: this.#need(this.#run, 'run').stop() }),

    predict: async ({ split, indices, strength }): Promise<readonly Prediction[]> => {
      const [task, run] = [this.#need(this.#task, 'task'), this.#need(this.#run, 'run')]
      return predictPictures({
        run,
        set: this.#open(split, task),
        split,
        indices,
        strength,
        known: this.#zeroShot,
      })
    },

    dispose: async () => {
      const ledger = await this.#close()
      return { gpuBuffers: ledger?.gpuBuffers ?? 0, tfTensors: ledger?.tfTensors ?? 0 }
    },
  }

  async #load(from: TaskSource, model: FrozenModel): Promise<Task> {
    const options = this.#loadOptions(model)
    if (from.kind === 'sample') {
      const manifest = this.#samples.find(({ id }) => id === from.id)
      if (!manifest) {
        throw new UserError(
          `There is no sample task "${from.id}".`,
          `Choose one of ${this.#samples.map(({ id }) => id).join(', ')}.`,
        )
      }
      return loadSample(manifest, await this.platform.sampleSource(manifest), options)
    }
    const zip = droppedZip(from.files)
    const source = zip
      ? zipSource(from.name, new Uint8Array(await zip.file.arrayBuffer()))
      : droppedSource(from.name, from.files)
    return loadTask(source, { ...options, splitSeed: from.splitSeed })
  }

  #loadOptions({ imageSize, resize }: FrozenModel) {
    return {
      decoder: this.platform.decoder,
      imageSize,
      resize,
      onProgress: (done: number, total: number) => this.emit({ type: 'progress', stage: 'task', done, total }),
    }
  }

  async #useTask(task: Task): Promise<TaskInfo> {
    await this.#dropRun()
    this.#task = task
    this.#cut = this.#model
    return taskInfo(task)
  }

  async #abandonRun(): Promise<void> {
    const run = this.#run
    this.#run = null
    await run?.abandon()
  }

  /** Frees run and session, which belong to one model and one task. */
  async #dropRun(): Promise<void> {
    await this.#abandonRun()
    await this.#bench.closeClassifier()
    this.emit({ type: 'status', status: 'idle' })
  }

  async #close() {
    await this.#abandonRun()
    return this.#bench.close()
  }

  /** Images of a split; of test only where no run is yet to be measured by them. */
  #open(split: Split, task: Task): ImageSet {
    if (split === 'test' && this.#run?.measured === false) throw new TestSplitClosed()
    return task.splits[split]
  }

  #need<T>(thing: T | null, name: keyof typeof MISSING): T {
    if (thing !== null) return thing
    const [message, remedy] = MISSING[name]
    throw new UserError(message, remedy)
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
