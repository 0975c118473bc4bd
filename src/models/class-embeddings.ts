/**
 * Ensembles of templates (Radford et al. 2021, section 3.1.4). Over embeddings: of each class the mean of the normalised
 * embeddings of all its sentences, normalised again, as in OpenAI's notebook; costs no more to use than one template. Over
 * probabilities: every template answers, and the answers' probabilities are averaged, which needs all embeddings.
 *
 * Legend: T templates, C classes, D length of an embedding.
 */
import type { Engine } from '../runtime/engine'
import { fillTemplate } from './class-names'
import type { Clip } from './clip'
import { openTextTower, type OpenTextTower } from './text'

export interface EncodingOptions {
  /** Sentences encoded so far, and in all. */
  readonly onProgress?: (done: number, total: number) => void
  /** Ends the encoding with what it was aborted with, after the run in progress. */
  readonly signal?: AbortSignal
  /** Live memory beside the weights that a run of the tower may take, bytes. */
  readonly budget?: number
}

/** Sentences whose embeddings are held at once: 80 templates of 1,000 classes are 80,000 of them. */
const HELD = 4096

/**
 * The embedding ensemble, as the loss head and `ZeroShot` take it: float32 [D,C], unit-norm columns x exp(logit scale).
 * @param names C class names
 */
export async function encodeEnsemble(
  engine: Engine,
  clip: Clip,
  templates: readonly string[],
  names: readonly string[],
  options: EncodingOptions = {},
): Promise<Float32Array> {
  const [D, C, T] = [clip.projectionDim, names.length, templates.length]
  const classes = new Float32Array(D * C)
  const scale = Math.exp(clip.logitScale)
  await withTower(engine, clip, options, T * C, async (encode) => {
    const together = Math.max(1, Math.floor(HELD / T))
    for (let from = 0; from < C; from += together) {
      const part = names.slice(from, from + together)
      const units = unitRows(await encode(part.flatMap((name) => templates.map((one) => fillTemplate(one, name)))), D)
      part.forEach((_, i) => {
        const mean = meanOfRows(units.subarray(i * T * D, (i + 1) * T * D), D)
        const norm = Math.hypot(...mean)
        if (!(norm > 0)) throw new Error(`the templates' embeddings of "${names[from + i]}" cancel`)
        mean.forEach((x, d) => (classes[d * C + from + i] = (x / norm) * scale))
      })
    }
  })
  return classes
}

/**
 * Each template by itself, for the probability ensemble: T arrays float32 [D,C], unit-norm columns x exp(logit scale). Takes
 * 4 T D C bytes; 80 templates of 1,000 classes at D = 512 are 164 MB.
 */
export async function encodeTemplates(
  engine: Engine,
  clip: Clip,
  templates: readonly string[],
  names: readonly string[],
  options: EncodingOptions = {},
): Promise<Float32Array[]> {
  const [D, C] = [clip.projectionDim, names.length]
  const scale = Math.exp(clip.logitScale)
  const found = templates.map(() => new Float32Array(D * C))
  await withTower(engine, clip, options, templates.length * C, async (encode) => {
    const together = Math.max(1, Math.floor(HELD / templates.length))
    for (let from = 0; from < C; from += together) {
      const part = names.slice(from, from + together)
      const units = unitRows(await encode(templates.flatMap((one) => part.map((name) => fillTemplate(one, name)))), D)
      found.forEach((classes, t) =>
        part.forEach((_, i) => {
          const row = (t * part.length + i) * D
          for (let d = 0; d < D; d++) classes[d * C + from + i] = units[row + d]! * scale
        }),
      )
    }
  })
  return found
}

async function withTower(
  engine: Engine,
  clip: Clip,
  { onProgress, signal, budget }: EncodingOptions,
  total: number,
  work: (encode: (texts: readonly string[]) => ReturnType<OpenTextTower['encode']>) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted()
  const tower = await openTextTower(engine, clip, budget)
  let before = 0
  try {
    await work(async (texts) => {
      const embeddings = await tower.encode(texts, (done) => {
        signal?.throwIfAborted()
        onProgress?.(before + done, total)
      })
      before += texts.length
      return embeddings
    })
  } finally {
    await tower.dispose()
  }
}

function unitRows(values: Float32Array, width: number): Float64Array {
  const unit = new Float64Array(values.length)
  for (let start = 0; start < values.length; start += width) {
    let squares = 0
    for (let i = start; i < start + width; i++) squares += values[i]! ** 2
    if (!(squares > 0)) throw new Error(`a text embedding has norm ${Math.sqrt(squares)}`)
    for (let i = start; i < start + width; i++) unit[i] = values[i]! / Math.sqrt(squares)
  }
  return unit
}

function meanOfRows(values: Float64Array, width: number): Float64Array {
  const mean = new Float64Array(width)
  for (let i = 0; i < values.length; i++) mean[i % width]! += (values[i]! * width) / values.length
  return mean
}
