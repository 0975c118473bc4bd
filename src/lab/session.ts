/**
 * The lab: engine, model, task and the run on them, behind the commands of the protocol. Independent of Worker and page:
 * the worker, the command line and tests give it a `Platform` and hear its events.
 */
import type { Arrangement } from '../data/arrangement'
import type { Source } from '../data/source'
import { imageCommands } from './commands/images'
import { lookCommands } from './commands/look'
import { modelCommands } from './commands/models'
import { runCommands } from './commands/run'
import { studyCommands } from './commands/study'
import { keptRunCommands } from './commands/runs'
import { loadFrom, taskCommands } from './commands/task'
import { timelineCommands } from './commands/timeline'
import { tuningCommands } from './commands/tuning'
import { engineFiles } from '../runtime/assets'
import { Holdings, type CommandTable, type Platform } from './holdings'
import type { CommandName, Commands, LabEvent, TaskInfo } from './protocol'

/** Commands that change what the lab holds wait for each other; the rest are answered at once. */
const EXCLUSIVE: ReadonlySet<CommandName> = new Set([
  'initialise',
  'changeEngine',
  'loadModel',
  'checkModel',
  'loadTask',
  'openAlbum',
  'arrange',
  'start',
  'removeRun',
  'openRun',
  'goOn',
  'transfer',
  'importFile',
  'repeat',
  'study',
  'tunePicture',
  'dispose',
])

/** The tuning of a picture gives way to these. */
const ENDS_TUNING: ReadonlySet<CommandName> = new Set([...EXCLUSIVE, 'resume', 'step'])

export class Lab {
  readonly #holds: Holdings
  readonly #commands: CommandTable<CommandName>

  constructor(platform: Platform, emit: (event: LabEvent) => void) {
    const holds = new Holdings(platform, emit)
    this.#holds = holds
    this.#commands = {
      ...lifeCommands(holds),
      ...modelCommands(holds),
      ...taskCommands(holds),
      ...imageCommands(holds),
      ...runCommands(holds),
      ...keptRunCommands(holds),
      ...timelineCommands(holds),
      ...lookCommands(holds),
      ...studyCommands(holds),
      ...tuningCommands(holds),
    }
  }

  /** Carries out a command. Rejects with a UserError where a person can do something about it. */
  handle<K extends CommandName>(command: K, body: Commands[K][0]): Promise<Commands[K][1]> {
    const handler = this.#commands[command] as (body: Commands[K][0]) => Promise<Commands[K][1]>
    const act = () => handler(body)
    if (ENDS_TUNING.has(command)) this.#holds.tuning?.stop()
    if (!EXCLUSIVE.has(command)) return act()
    return this.#holds.inTurn(act)
  }

  /** Identifiers of the sample tasks, the default first. */
  sampleIds(): readonly string[] {
    return this.#holds.samples.map(({ id }) => id)
  }

  /** `loadTask` from a source that is no list of dropped files: a folder or zip on disk. */
  async loadSource(source: Source, splitSeed: number, arrangement?: Arrangement): Promise<TaskInfo> {
    return loadFrom(this.#holds, { kind: 'own', sources: [source], name: source.name, splitSeed }, arrangement)
  }

  /** Resolves when the study under way has ended. */
  async studyEnded(): Promise<void> {
    await this.#holds.study?.ended
  }

  /** Resolves when the run under way has ended: finished, failed or dropped. */
  async runEnded(): Promise<void> {
    await this.#holds.run?.ended
  }
}

function lifeCommands(lab: Holdings): CommandTable<'initialise' | 'changeEngine' | 'resources' | 'dispose'> {
  return {
    initialise: async ({ backend }) => {
      await lab.close()
      // Asked for meanwhile; what is wrong with it is said after what is wrong with the engine.
      const samples = lab.platform.samples()
      samples.catch(() => undefined)
      lab.capability = await lab.bench.open(backend)
      lab.samples = await samples
      return { capability: lab.capability, samples: lab.samples }
    },
    changeEngine: async ({ backend }) => {
      await lab.close()
      lab.capability = await lab.bench.open(backend)
      return lab.capability
    },
    resources: async () => {
      const fetched = performance.getEntriesByType('resource').map(({ name }) => name)
      const { kind } = lab.bench
      return { urls: kind === 'webgpu' || kind === 'wasm' ? [...fetched, ...engineFiles(kind)] : fetched }
    },
    dispose: async () => {
      const ledger = await lab.close()
      const { gpuBuffers = 0, tfTensors = 0, sessions = 0 } = ledger ?? {}
      return { gpuBuffers, tfTensors, sessions }
    },
  }
}
