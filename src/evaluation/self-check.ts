/** A model's own answers beside published ones. Pure: embeddings in, rows of a table out. */
import { softmaxRows } from './accuracy'
import type { PublishedCase, PublishedValues } from './published-clip'

/** What a model made of a case's picture and texts; embeddings as the towers give them, not normalised. */
export interface Answers {
  /** float32 [D] */
  readonly imageEmbedding: Float32Array
  /** float32 [T,D] */
  readonly textEmbeddings: Float32Array
  /** Natural logarithm of the factor on cosines. */
  readonly logitScale: number
}

/** One published number and its counterpart. */
export interface SelfCheckRow {
  readonly case: string
  readonly quantity: PublishedValues['quantity']
  /** Which of the quantity's numbers: the text that it belongs to, or the entry. */
  readonly of: string
  readonly expected: number
  readonly got: number
  readonly tolerance: number
  readonly pass: boolean
}

/** The case's numbers in their order, each with the model's. */
export function compareWithPublished(published: PublishedCase, answers: Answers): SelfCheckRow[] {
  return published.values.flatMap(({ quantity, expected, tolerance }) => {
    const found = quantityOf(quantity, answers)
    return expected.map((value, i) => {
      const got = found[i] ?? NaN
      const ofText = quantity !== 'imageEmbedding' && quantity !== 'imageEmbeddingSum' && quantity !== 'textEmbedding'
      return {
        case: published.id,
        quantity,
        of: ofText ? published.texts[i]! : quantity === 'imageEmbeddingSum' ? published.image.name : `entry ${i}`,
        expected: value,
        got,
        tolerance,
        // NaN is within nothing.
        pass: Math.abs(got - value) <= tolerance,
      }
    })
  })
}

function quantityOf(quantity: PublishedValues['quantity'], answers: Answers): ArrayLike<number> {
  const { imageEmbedding, textEmbeddings } = answers
  const D = imageEmbedding.length
  const texts = Array.from({ length: textEmbeddings.length / D }, (_, t) => textEmbeddings.subarray(t * D, (t + 1) * D))
  switch (quantity) {
    case 'imageEmbedding':
      return imageEmbedding
    case 'imageEmbeddingSum':
      return [sum(imageEmbedding)]
    case 'textEmbedding':
      return textEmbeddings.subarray(0, D)
    case 'textEmbeddingSums':
      return texts.map(sum)
    case 'logits':
      return logits(answers, texts)
    case 'probabilities':
      return softmaxRows(logits(answers, texts), texts.length)
  }
}

/** exp(scale) times the cosine of the picture and each text (Radford et al. 2021, figure 3). */
function logits({ imageEmbedding, logitScale }: Answers, texts: readonly Float32Array[]): Float32Array {
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((total, value) => total + value * value, 0))
  const product = (text: Float32Array) => text.reduce((total, value, d) => total + value * imageEmbedding[d]!, 0)
  return Float32Array.from(
    texts,
    (text) => (Math.exp(logitScale) * product(text)) / (norm(text) * norm(imageEmbedding)),
  )
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0)
