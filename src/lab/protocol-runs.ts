/** Runs that are kept: what the page asks of them, and what it hears. Types only. */
import type { Arrangement } from '../data/arrangement'
import type { Split } from '../data/task'
import type { Trouble } from '../errors'
import type { RunCommand } from '../formats/command-line'
import type { Recipe } from '../learning/recipe'
import type { KeptRun, Predictions, RunCurves, RunRecord } from '../records/run-record'
import type { Sentence } from '../sentence'

export interface RunsReport {
  /** Newest first. */
  readonly records: readonly RunRecord[]
  /** What cannot be read, and why, as a clause. */
  readonly broken: readonly { readonly id: string; readonly reason: Sentence }[]
  /** False where runs are kept until this page is left, and no longer. */
  readonly lasting: boolean
  /** Bytes that all of this program keeps in the browser, models and pictures included; null where it does not say. */
  readonly usedBytes: number | null
  /** Ids of runs that some page is at work on. */
  readonly atWork: readonly string[]
  /** The run that this lab holds. */
  readonly open: string | null
}

/** What must be loaded before a run can be gone on with or asked. */
export type Missing = 'model' | 'task'

/** A run as if it had just come to where it stands. */
export interface OpenedRun {
  readonly record: RunRecord
  readonly curves: RunCurves | null
  /** [3,S,S] normalised units; null before the first validation. */
  readonly border: Float32Array | null
  readonly val: Predictions | null
  readonly test: Predictions | null
  /** Empty where the lab holds its model and its images: then `predict`, `look` and `moment` answer for it. */
  readonly missing: readonly Missing[]
  /** Another page is at work on it: it can be looked at, and taken over. */
  readonly elsewhere: boolean
}

/** Files that a run is written as: `<name>.<kind>`; the last two may hold several runs. */
export type ExportKind =
  | 'as-is.png'
  | 'signed.png'
  | 'linear.png'
  | 'safetensors'
  | 'pth.tar'
  | 'curve.csv'
  | 'metrics.json'
  | 'report.md'
  | 'arrangement.json'
  | 'curves.svg'
  | 'accuracy.svg'
  | 'confusion.svg'
  | 'runs.csv'
  | 'comparison.md'
  | 'project'

export interface ExportedFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface ImportedFile {
  readonly records: readonly RunRecord[]
  /** What of it could not be read, a sentence each. */
  readonly warnings: readonly Sentence[]
}

type Named = { readonly id: string }
type Nothing = Record<string, never>

export interface RunsCommands {
  runs: [Nothing, RunsReport]
  /** null: named after task and recipe again. */
  renameRun: [Named & { name: string | null }, Nothing]
  pinRun: [Named & { pinned: boolean }, Nothing]
  /** Refused while a page is at work on it. For a minute `restoreRun` brings it back. */
  removeRun: [Named, Nothing]
  restoreRun: [Named, Nothing]
  /** Shows a run, finished or not; the run before is let go, kept as it stands. */
  openRun: [Named, OpenedRun]
  /**
   * Goes on with a run from its last checkpoint, exactly. Refused where its model or images are not loaded, and where another
   * page is at work on it, unless it is taken over.
   */
  goOn: [Named & { paused: boolean; takeOver: boolean }, OpenedRun]
  /** What it answered, image by image; null where it was not measured. */
  predictions: [Named & { split: Exclude<Split, 'train'> }, { predictions: Predictions | null }]
  /** What is drawn of a run in a list, and over others: its border [3,S,S] and its curves; null where there are none. */
  drawnRun: [Named, { border: Float32Array | null; curves: RunCurves | null }]
  /** What makes its task of its album; null where that was not kept. */
  runArrangement: [Named, { arrangement: Arrangement | null }]
  /** The same run on the command line; null for one that learned nothing. */
  commandOf: [Named, { made: RunCommand | null }]
  exportRun: [Named, KeptRun]
  /** Keeps a run that comes from elsewhere; under a new id where one of its id is here. */
  importRun: [{ run: KeptRun }, { record: RunRecord }]
  /** `withImages`: a project may also hold the pixels of the images that are loaded. */
  exportFile: [{ ids: readonly string[]; kind: ExportKind; withImages: boolean }, ExportedFile]
  /** A project's runs are kept; a border (safetensors, .pth.tar) is measured on what is loaded, as a run of its own. */
  importFile: [{ name: string; file: Blob }, ImportedFile]
  /** Measures the border of a run on the task and model that are loaded, as a run of its own; `finished` follows. */
  transfer: [Named, { record: RunRecord }]
  /** One run a seed, one after the other; the first begins at once. */
  repeat: [
    { recipe: Recipe; seeds: readonly number[]; outputs?: readonly number[] },
    { group: string; steps: number; parameterCount: number; border: number },
  ]
  /** Takes back what is still waiting of a group. */
  dropWaiting: [{ group: string }, { dropped: number }]
}

export type RunsEvent =
  /** A run begins in this lab, or is gone on with: of its own accord too, when its turn in a group has come. */
  | { readonly type: 'begun'; readonly record: RunRecord; readonly curves: RunCurves | null }
  /** The run of this lab was begun, saved or has changed its state. */
  | { readonly type: 'record'; readonly record: RunRecord }
  /** The run of this lab cannot be kept; told once until it can again, or `forGood`: never on this page. */
  | ({ readonly type: 'keeping'; readonly forGood: boolean } & Trouble)
  /** Another page has taken the run over; it stands still here. */
  | { readonly type: 'taken'; readonly record: RunRecord }
