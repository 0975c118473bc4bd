/** Text features of a learned context, kept while they are asked for again: parts of a batch and all of an evaluation share them. */
import type { Context } from '../../prompts/context'
import { tf } from '../../runtime/tfjs'
import type { Sentences } from './sentences'

export class KeptText {
  #kept: { readonly context: Context; readonly strength: number; readonly text: tf.Tensor2D } | null = null

  constructor(private readonly sentences: Pick<Sentences, 'encode'>) {}

  /** [C,D] of the context times the strength; valid until others are asked for, and never the caller's to dispose. */
  async of(context: Context, strength: number): Promise<tf.Tensor2D> {
    // By the context too: learning may have gone on while the last one was encoded.
    if (this.#kept?.context === context && this.#kept.strength === strength) return this.#kept.text
    const scaled = tf.tidy(() => tf.mul(context, strength)) as Context
    try {
      const text = await this.sentences.encode([scaled])
      this.forget()
      this.#kept = { context, strength, text }
      return text
    } finally {
      scaled.dispose()
    }
  }

  forget(): void {
    this.#kept?.text.dispose()
    this.#kept = null
  }
}
