/**
 * CLIP's answers by several templates on features (Radford et al. 2021, section 3.1.4): over embeddings with one matrix, over
 * probabilities with one for each template; then the logits are logarithms of the mean probability of each class.
 */
import { softmaxRows } from '../../evaluation/accuracy'
import type { Batch, Method } from '../method'
import { normalisedRows, type ImageFeatures } from './image-features'
import { linearLogits } from './linear-logits'

/** Below the smallest that float32 can hold as a normal number. */
const NO_CHANCE = 1e-38

export class TextEnsemble implements Method {
  readonly id = 'text-ensemble'
  readonly parameterCount = 0

  /**
   * @param features of CLIP's image tower
   * @param matrices float32 [D,C] each, as `encodeEnsemble` gives one and `encodeTemplates` several
   */
  constructor(
    private readonly features: ImageFeatures,
    private readonly matrices: readonly Float32Array[],
    private readonly classes: number,
  ) {
    if (matrices.length === 0) throw new Error('an ensemble needs a template')
  }

  async predict(batch: Batch): Promise<Float32Array> {
    const { matrices, classes: C } = this
    const width = matrices[0]!.length / C
    const unit = normalisedRows(await this.features.ofBatch(batch), width)
    const bias = new Float32Array(C)
    if (matrices.length === 1) return linearLogits({ weights: matrices[0]!, bias }, unit)
    const mean = new Float64Array(batch.count * C)
    for (const weights of matrices) {
      const probabilities = softmaxRows(await linearLogits({ weights, bias }, unit), C)
      probabilities.forEach((p, i) => (mean[i]! += p / matrices.length))
    }
    return Float32Array.from(mean, (p) => Math.log(Math.max(p, NO_CHANCE)))
  }

  dispose(): void {}
}
