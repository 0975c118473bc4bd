/**
 * The words that a learned context is nearest to, by Euclidean distance in the token table (CoOp, Zhou et al. 2022, table 4;
 * interpret_prompt.py). Seldom to be read as a sentence: its authors say so too.
 *
 *   |x - t|² = |x|² - 2 x·t + |t|²
 *
 * Legend: M places, V tokens of the vocabulary, W width of a token.
 */
import type { Clip } from '../../models/clip'
import { lookUpTokens } from '../../models/token-embedding'
import type { Engine } from '../../runtime/engine'
import type { NamedTensor } from '../method'

export interface NearWord {
  readonly id: number
  /** As the tokenizer spells it, the end of a word as a space left out. */
  readonly word: string
  /** Euclidean. */
  readonly distance: number
}

/**
 * @param context [M,W], or [C,M,W] (then place by place of class after class)
 * @param most words of each place
 * @returns for each place the nearest words, nearest first
 */
export async function nearestWords(engine: Engine, clip: Clip, context: NamedTensor, most = 5): Promise<NearWord[][]> {
  const V = clip.tokenizer.vocabularySize
  const table = await lookUpTokens(
    engine,
    clip,
    Array.from({ length: V }, (_, id) => id),
  )
  const W = context.dims.at(-1)!
  const places = context.data.length / W
  return Array.from({ length: places }, (_, m) => {
    const x = context.data.subarray(m * W, (m + 1) * W)
    const squared = Float64Array.from({ length: V }, (_, id) => {
      let sum = 0
      for (let w = 0, at = id * W; w < W; w++, at++) sum += (x[w]! - table[at]!) ** 2
      return sum
    })
    return smallest(squared, most).map((id) => ({
      id,
      word: clip.tokenizer.wordOf(id),
      distance: Math.sqrt(squared[id]!),
    }))
  })
}

/** Indices of the smallest values, smallest first; of equals the earlier. */
function smallest(values: Float64Array, most: number): number[] {
  const kept: number[] = []
  values.forEach((value, i) => {
    if (kept.length === most && value >= values[kept.at(-1)!]!) return
    let at = kept.length
    while (at > 0 && value < values[kept[at - 1]!]!) at--
    kept.splice(at, 0, i)
    if (kept.length > most) kept.pop()
  })
  return kept
}
