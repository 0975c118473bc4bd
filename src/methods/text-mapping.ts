/**
 * Label mapping on the text side of a CLIP (ILM-VP, Chen et al. 2023, experiments/clip/ilm_tp_vp.py): its outputs are 81
 * templates times C class names, [default template] + ImageNet's 80, and a mapping says which text stands for a class, any
 * class's name in any template. AutoVP and BLM on CLIP take the same outputs.
 *
 *   output k = t C + c'   the name of class c' in template t
 *   logits [N,K] = exp(logit_scale) cos,   mapped = logits M = features (E M):   a mapping is other class embeddings
 */
import { IMAGENET_80 } from '../models/templates'
import type { FittedMapping } from './fitted-mapping'

/** T = 81, in their order (tools/clip/templates.py); the first with a full stop, unlike that of visual prompting. */
export const MAPPING_TEMPLATES: readonly string[] = ['This is a photo of a {}.', ...IMAGENET_80]

export interface MappingText {
  /** t and c' of output k. */
  readonly template: number
  readonly name: number
}

export const textOfOutput = (output: number, classes: number): MappingText => ({
  template: Math.floor(output / classes),
  name: output % classes,
})

/**
 * Class embeddings that answer as the mapping does, for the frozen classifier's graph.
 * @param embeddings E, float32 [D,K], unit-norm columns times exp(logit_scale)
 * @returns E M, float32 [D,C]
 */
export function mappedEmbeddings(
  embeddings: Float32Array,
  { matrix, outputs }: Pick<FittedMapping, 'matrix' | 'outputs'>,
): Float32Array {
  const C = outputs.length
  const K = matrix.length / C
  const D = embeddings.length / K
  const mapped = new Float32Array(D * C)
  const line = new Float64Array(C)
  for (let d = 0; d < D; d++) {
    line.fill(0)
    for (let k = 0; k < K; k++) {
      const e = embeddings[d * K + k]!
      for (let c = 0; c < C; c++) if (matrix[k * C + c] !== 0) line[c]! += e * matrix[k * C + c]!
    }
    mapped.set(line, d * C)
  }
  return mapped
}
