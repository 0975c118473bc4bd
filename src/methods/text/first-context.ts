/** What a context begins as: drawn, or the embeddings of words. Legend: C classes, M places, W width of a token. */
import type { Random } from '../../data/random'
import type { Clip } from '../../models/clip'
import type { Engine } from '../../runtime/engine'
import type { NamedTensor } from '../method'
import type { CoOpSettings } from './coop-settings'
import { wordsContext, wordTokens } from './sentences'

type Init = CoOpSettings['init']

/** M */
export function contextTokens(clip: Clip, { init, tokens }: Pick<CoOpSettings, 'init' | 'tokens'>): number {
  return init.kind === 'words' ? wordTokens(clip, init.words).length : tokens
}

export interface FirstContext {
  /** C for a context of each class's own, [C,M,W]; null for one of all, [M,W]. */
  readonly copies: number | null
  readonly places: number
  readonly width: number
  readonly random: Random
}

/** In the authors' code words make a context that all classes share; here each class may begin with them. */
export async function firstContext(
  engine: Engine,
  clip: Clip,
  init: Init,
  { copies, places, width, random }: FirstContext,
): Promise<NamedTensor> {
  const dims = copies === null ? [places, width] : [copies, places, width]
  const times = copies ?? 1
  if (init.kind === 'normal') {
    return { dims, data: random.normals(times * places * width).map((value) => init.deviation * value) }
  }
  const words = await wordsContext(engine, clip, init.words)
  const data = new Float32Array(times * words.length)
  for (let c = 0; c < times; c++) data.set(words, c * words.length)
  return { dims, data }
}
