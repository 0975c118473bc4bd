/**
 * How a model wants its images brought to a square, in the terms of the hub's preprocessor_config.json: resize, then
 * centre crop. It belongs to the model, since a graph cannot tell; `data/resample.ts` carries it out.
 */
export interface ResizeRule {
  /** crop: the shorter side becomes `side` and the proportions stay. squash: both sides become `side`. */
  readonly fit: 'crop' | 'squash'
  /** Pixels, at least S; of what is larger than S the middle is taken. */
  readonly side: number
  /** Pillow's filters of these names, with antialias. */
  readonly filter: 'bicubic' | 'bilinear'
}

/** The preprocessing of Radford et al. 2021 (openai/CLIP, clip.py): shorter side to S by bicubic, then centre crop. */
export const clipResize = (imageSize: number): ResizeRule => ({ fit: 'crop', side: imageSize, filter: 'bicubic' })

export const sameResize = (a: ResizeRule, b: ResizeRule): boolean =>
  a.fit === b.fit && a.side === b.side && a.filter === b.filter
