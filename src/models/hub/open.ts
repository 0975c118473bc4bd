/**
 * A model of the catalogue as files: served from the store, and what is missing there fetched, checked and kept first.
 */
import type { ModelFiles } from '../files'
import type { ModelBase } from './base'
import type { CatalogueModel, CatalogueVariant } from './catalogue'
import type { ModelStore } from './store'

/** How the download of one file stands. Several files may be under way. */
export interface DownloadState {
  /** Inside the model's folder, e.g. "onnx/vision_model_fp16.onnx". */
  readonly file: string
  /** Bytes there, those of an earlier part included. */
  readonly loaded: number
  readonly total: number
  /** Smoothed; 0 until it is known. */
  readonly bytesPerSecond: number
  /** Null until a rate is known. */
  readonly etaSeconds: number | null
  /** Whether the download went on from a part of an earlier one. */
  readonly resumed: boolean
}

export interface HubOptions {
  readonly base: ModelBase
  readonly store: ModelStore
  readonly signal?: AbortSignal
  readonly onDownload?: (state: DownloadState) => void
}

/** What fetching a variant would take, and what of it is there. */
export interface DownloadPlan {
  /** Sum over all files of the variant, bytes. */
  readonly total: number
  /** Of these in the store, complete or as parts. */
  readonly kept: number
  /** Whether `total` contains estimates. */
  readonly estimated: boolean
  /** Bytes that may still be stored; null where the browser does not say. */
  readonly free: number | null
}

/** `hubModel` and `planDownload`, as the page's side may rely on them. */
export type HubModel = (model: CatalogueModel, variant: CatalogueVariant, options: HubOptions) => ModelFiles
export type PlanDownload = (
  model: CatalogueModel,
  variant: CatalogueVariant,
  store: ModelStore,
) => Promise<DownloadPlan>
