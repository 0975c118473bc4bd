/** CLIP as it comes: the class whose text embedding is nearest to the image's. Nothing is learned. */
import type { Classifier } from './classifier'
import type { Batch, Method } from './method'

export class ZeroShot implements Method {
  readonly id = 'zero-shot'
  readonly parameterCount = 0
  readonly #classifier: Classifier

  /** The classifier is shared, and stays its opener's. */
  constructor(classifier: Classifier) {
    this.#classifier = classifier
  }

  async predict(batch: Batch): Promise<Float32Array> {
    const bare = this.#classifier.unprompted(batch)
    try {
      return await this.#classifier.logits(bare, batch)
    } finally {
      bare.dispose()
    }
  }

  dispose(): void {}
}
