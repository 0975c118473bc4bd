/** A frozen model of either kind, and which of them a folder holds. */
import { loadClip, type Clip } from './clip'
import { readOptionalJson, type ModelFiles } from './files'
import type { FrozenGraph } from './frozen-graph'
import { loadImageClassifier, readClassifierFile, type ImageClassifier } from './image-classifier'

export type FrozenModel = Clip | ImageClassifier

/**
 * Reads and checks a model. A folder whose `config.json` says CLIP is one; else one with a graph of its own is a
 * classifier; whatever is neither is told what a CLIP lacks.
 * @throws UserError
 */
export async function loadModel(
  files: ModelFiles,
  onProgress?: (loaded: number, total: number) => void,
): Promise<FrozenModel> {
  const config = await readOptionalJson(files, 'config.json')
  const isClip = typeof config === 'object' && config !== null && 'model_type' in config && config.model_type === 'clip'
  const graph = isClip
    ? null
    : await readClassifierFile(files, (loaded, total) => onProgress?.(loaded, total ?? loaded))
  return graph ? loadImageClassifier(files, graph) : loadClip(files, onProgress)
}

/** Of a CLIP two, of a classifier one. */
export const graphsOf = (model: FrozenModel): readonly FrozenGraph[] =>
  model.kind === 'clip' ? [model.vision, model.text] : [model.vision]

/** Bytes of the graphs and their weights. */
export const modelBytes = (model: FrozenModel): number => graphsOf(model).reduce((sum, { bytes }) => sum + bytes, 0)
