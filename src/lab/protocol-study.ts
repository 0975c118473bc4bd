/** Methods side by side on the model and the images in use: what the page asks, and what it hears. Types only. */
import type { Trouble } from '../errors'
import type { Accuracy } from '../evaluation/accuracy'
import type { Sentence } from '../sentence'
import type { Contender } from '../study/contender'
import type { MethodResult } from '../study/summary'
import type { Trial } from '../study/trial'
import type { ExportedFile } from './protocol-runs'

/** The grid: each method with each seed, one seed of those that draw nothing. */
export interface StudyAsked {
  readonly methods: readonly Contender[]
  readonly seeds: readonly number[]
}

/** jsonl: a line a cell, as `npm run study` writes them. */
export type StudyFile = 'trials.jsonl' | 'study.md'

type Nothing = Record<string, never>

export interface StudyCommands {
  /**
   * Measures what is missing of the grid. Resolves when it has begun; `studying`, `studied` and `studyEnded` follow. Refused while
   * a run is at work; no run begins until it has ended. Another model, other images or another engine end it.
   */
  study: [StudyAsked, Nothing]
  /** After the batch under way; what has been measured is kept. */
  stopStudy: [Nothing, Nothing]
  /** What is known of the grid on the model, images and engine in use. */
  studyReport: [StudyAsked, StudyReport]
  /** Refused where nothing of it has been measured. */
  studyFile: [StudyAsked & { kind: StudyFile }, ExportedFile]
}

/** A method on the images in use, measured once a seed on the test split. */
export interface StudiedMethod extends MethodResult {
  /** On validation, the mean over its seeds: what may be shown while test is closed. A fraction of 1. */
  readonly validation: number
  /** What the first of its seeds chose on validation. */
  readonly chosen: Trial['chosen']
}

export interface StudyReport {
  /** In the order that was asked. */
  readonly methods: readonly StudiedMethod[]
  /** Cells of the grid, and how many of them are not measured yet. */
  readonly cells: number
  readonly missing: number
  /**
   * Seconds that a cell takes, by label: as it took here, or on other images of this model and engine in proportion to their
   * number. Absent where it was never measured.
   */
  readonly paces: Readonly<Record<string, number>>
  /** Of what is missing: seconds at these paces, and how many methods have none. */
  readonly estimate: { readonly seconds: number; readonly unknown: number }
  /** What the numbers depend on; null where there are none. */
  readonly about: StudyAbout | null
  /** False where what is measured is kept until the page is left, and no longer. */
  readonly lasting: boolean
}

export interface StudyAbout extends Pick<Trial, 'model' | 'task' | 'engine'> {
  /** ISO dates of the first and the last measured. */
  readonly from: string
  readonly to: string
}

/** Where a study is. */
export interface Studying {
  /** Cells that are measured, and all. */
  readonly done: number
  readonly total: number
  /** Of the cell that is under way. */
  readonly label: string
  readonly seed: number
  /** encoding and answering are told in pictures, learning in shares of 100. */
  readonly doing: {
    readonly what: 'encoding' | 'learning' | 'answering'
    readonly done: number
    readonly total: number
  }
  /** On validation, of a method that learns step by step; test is measured at the cell's end. */
  readonly validation: Accuracy | null
  /** Null before anything has been measured. */
  readonly etaSeconds: number | null
  /** Why the cell is begun again: the device was lost, or memory ran out. */
  readonly recovering: Sentence | null
}

export type StudyEvent =
  | (Studying & { readonly type: 'studying' })
  /** A cell was measured; `keeping` says why it could not be kept, and is null where it was. */
  | { readonly type: 'studied'; readonly label: string; readonly seed: number; readonly keeping: Trouble | null }
  /** A method does not go here, or ended by an error; the others go on. */
  | { readonly type: 'studyRefused'; readonly label: string; readonly trouble: Trouble }
  /** trouble: of one that failed. */
  | {
      readonly type: 'studyEnded'
      readonly how: 'finished' | 'stopped' | 'failed'
      readonly trouble: Trouble | null
    }
