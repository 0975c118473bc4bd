/**
 * Engine and classifier, owned in one place and built again when a fault has taken them. Nobody else opens or disposes
 * either.
 */
import type { Task } from '../data/task'
import { UserError } from '../errors'
import { Classifier, clipClassifier, mappedClassifier, type FrozenClassifier } from '../methods/classifier'
import type { LabelMapping } from '../methods/label-mapping'
import type { FrozenGraph } from '../models/frozen-graph'
import type { FrozenModel } from '../models/frozen-model'
import { encodeClasses } from '../models/text'
import { MOST_ROWS, rowsWithin, trainingMemory } from '../methods/training-memory'
import type { Engine, EngineKind, LedgerSnapshot } from '../runtime/engine'
import { faultIn, type EngineFault } from '../runtime/fault'
import { hostMemory, ortWebGpuMemory, type Reckon } from '../runtime/memory'
import type { Capability, LabEvent } from './protocol'
import type { RunDevice } from './run'

type Backend = 'auto' | 'webgpu' | 'wasm'

/** What a classifier is made for. */
export interface Job {
  readonly model: FrozenModel
  readonly task: Task
  /** Of a classifier's outputs; null for a CLIP. */
  readonly mapping: LabelMapping | null
}

export class Workbench {
  #engine: Engine | null = null
  /** What stays the same from device to device. */
  #kind: EngineKind | null = null
  #software = false
  #classifier: Classifier | null = null
  readonly #rows = new WeakMap<FrozenGraph, Map<string, number>>()
  /** What the classifier was made from: a rebuild does not read the class names again, and needs no text tower. */
  #frozen: { readonly job: Job; readonly classifier: FrozenClassifier } | null = null

  constructor(
    private readonly openEngine: (backend: Backend) => Promise<{ engine: Engine; capability: Capability }>,
    private readonly emit: (event: LabEvent) => void,
  ) {}

  /** Null before `open`. */
  get kind(): EngineKind | null {
    return this.#kind
  }

  async open(backend: Backend): Promise<Capability> {
    const { engine, capability } = await this.openEngine(backend)
    this.#engine = engine
    this.#kind = engine.kind
    this.#software = capability.adapter?.software ?? false
    return capability
  }

  /** For work beside a run, such as looking a model through. */
  engine(): Promise<Engine> {
    return this.#ready()
  }

  /** What a run of a graph holds alive on the engine in use. */
  readonly reckon: Reckon = (model) => {
    if (this.#engine) return this.#engine.reckon(model)
    return this.#kind === 'webgpu' ? ortWebGpuMemory(model) : hostMemory(model)
  }

  /** Rows of one run of the graph, for batches of so many images, as memory allows. */
  rows({ model, task, mapping }: Job, batch: number): number {
    const none = new Float32Array()
    const { vision, ...names } =
      model.kind === 'clip' ? clipClassifier(model, task.classes.length, none) : mappedClassifier(model, mapping!)
    const shape = { ...names, vision: vision.outline }
    // A large graph is planned for a second or two: once is enough.
    const key = [this.#kind, names.classes, batch].join()
    const known = this.#rows.get(vision) ?? new Map<string, number>()
    this.#rows.set(vision, known)
    const rows =
      known.get(key) ??
      rowsWithin((count) => trainingMemory(shape, count, this.reckon).activations, Math.min(MOST_ROWS, batch))
    known.set(key, rows)
    return rows
  }

  /** The device as a run on this job sees it. */
  device(job: Job): RunDevice {
    return {
      open: async (rows, fault) => {
        if (fault) await this.closeClassifier()
        return this.#open(await this.#ready(), job, rows)
      },
      fault: () => this.#engine?.fault ?? null,
      faultOf: (error) => this.faultOf(error),
    }
  }

  /** What befell the engine, where that is what an error tells of. */
  async faultOf(error: unknown): Promise<EngineFault | null> {
    return this.#engine ? this.#engine.faultOf(error) : faultIn(error)
  }

  async closeClassifier(): Promise<void> {
    const classifier = this.#classifier
    this.#classifier = null
    await classifier?.dispose()
  }

  /**
   * What was still alive on the engine when it had been disposed, and the sessions that nobody had closed before; null where
   * there was none.
   */
  async close(): Promise<LedgerSnapshot | null> {
    await this.closeClassifier()
    this.#frozen = null
    const engine = this.#engine
    this.#engine = null
    if (!engine) return null
    // The engine disposes what was forgotten: counted before, or a leak would never be seen.
    const { sessions } = engine.ledger()
    await engine.dispose()
    return { ...engine.ledger(), sessions }
  }

  /** The engine; a new one where the last has a fault or could not be opened again. */
  async #ready(): Promise<Engine> {
    if (this.#engine && !this.#engine.fault) return this.#engine
    if (!this.#kind) throw new UserError('No engine has been opened yet.', 'Reload the page.')
    await this.closeClassifier()
    const faulty = this.#engine
    this.#engine = null
    await faulty?.dispose()
    const { engine, capability } = await this.openEngine(this.#kind === 'webgpu' ? 'webgpu' : 'wasm')
    // A browser whose GPU process has crashed a few times gives the processor instead, at a hundredth of the speed.
    if (capability.adapter?.software && !this.#software) {
      await engine.dispose()
      throw new UserError(
        'Of the graphics adapters only a software one is left.',
        'Restart the browser, or open the page with ?backend=wasm.',
      )
    }
    this.#engine = engine
    return engine
  }

  /** The classifier of this job, kept from run to run while job and rows are the same. */
  async #open(engine: Engine, job: Job, rows: number): Promise<Classifier> {
    const frozen = this.#frozen && sameJob(this.#frozen.job, job) ? this.#frozen.classifier : null
    if (this.#classifier?.batchSize === rows && this.#classifier.frozen === frozen) return this.#classifier
    await this.closeClassifier()
    this.emit({ type: 'progress', stage: 'warm-up', done: 0, total: 2 })
    const known = frozen ?? (await frozenClassifier(engine, job))
    this.#frozen = { job, classifier: known }
    this.emit({ type: 'progress', stage: 'warm-up', done: 1, total: 2 })
    this.#classifier = await Classifier.open(engine, known, rows)
    this.emit({ type: 'progress', stage: 'warm-up', done: 2, total: 2 })
    return this.#classifier
  }
}

function sameJob(a: Job, b: Job): boolean {
  return a.model === b.model && a.task === b.task && a.mapping?.outputs.join() === b.mapping?.outputs.join()
}

async function frozenClassifier(engine: Engine, { model, task, mapping }: Job): Promise<FrozenClassifier> {
  if (model.kind === 'classifier') return mappedClassifier(model, mapping!)
  const names = task.classes.map(({ name }) => name)
  return clipClassifier(model, names.length, await encodeClasses(engine, model, task.template, names))
}
