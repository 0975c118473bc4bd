/**
 * Sentences with a learned context, token by token: "X X … X name." (CoOp, Zhou et al. 2022, equation 2; trainers/coop.py).
 * A place X holds no word: what stands there is learned. Tokens are counted here; what they become, `context.ts` says.
 *
 *   end      start  X … X  name .  end          middle   start  X … X  name  X … X  .  end
 *   front    start  name  X … X  .  end         (of M places, floor(M/2) stand before the name)
 *
 * Legend: C classes, M places, L tokens of a sentence.
 */
import { UserError } from '../errors'
import type { ClipTokenizer } from '../models/tokenizer'
import { said } from '../sentence'

export const CONTEXT_POSITIONS = ['end', 'middle', 'front'] as const
/** Where the class name stands. */
export type ContextPosition = (typeof CONTEXT_POSITIONS)[number]

export interface ContextLayout {
  /** C */
  readonly classes: number
  /** M */
  readonly places: number
  /** L: tokens of the longest sentence, or as many as asked for. */
  readonly tokens: number
  /** int64 [C,L]; a place holds the start token, which no tower pools at. */
  readonly ids: BigInt64Array
  /** int64 [C,L], 1 up to and with the end token. */
  readonly attentionMask: BigInt64Array
  /** Token that place m of class c is, [C,M]. */
  readonly at: Uint16Array
}

/** Names as trainers/coop.py reads them; the tokenizer makes them lower case. */
const nameOf = (name: string) => name.replaceAll('_', ' ')

/** "name." as its tokens, and how many of them are the name's. */
function tokensOf(tokenizer: ClipTokenizer, name: string) {
  const sentence = tokenizer.encode(`${nameOf(name)}.`)
  return { start: sentence[0]!, inner: sentence.slice(1, -1), end: sentence.at(-1)! }
}

/** One sentence, null for a place. */
function sentenceOf(tokenizer: ClipTokenizer, name: string, places: number, position: ContextPosition) {
  const { start, inner, end } = tokensOf(tokenizer, name)
  const named = tokenizer.encode(nameOf(name)).length - 2
  const X = (count: number) => new Array<null>(count).fill(null)
  const before = position === 'end' ? places : position === 'middle' ? Math.floor(places / 2) : 0
  const middle = position === 'end' ? inner : inner.slice(0, named)
  const after = position === 'end' ? [] : inner.slice(named)
  return [start, ...X(before), ...middle, ...X(places - before), ...after, end]
}

/** Tokens of the longest sentence. */
export function contextLength(tokenizer: ClipTokenizer, names: readonly string[], places: number): number {
  return Math.max(...names.map((name) => sentenceOf(tokenizer, name, places, 'end').length))
}

/**
 * @param tokens L; that of the longest sentence unless the tower wants more
 * @throws UserError where a sentence is longer than the model reads
 */
export function layContext(
  tokenizer: ClipTokenizer,
  names: readonly string[],
  places: number,
  position: ContextPosition,
  tokens = contextLength(tokenizer, names, places),
): ContextLayout {
  const C = names.length
  const ids = new BigInt64Array(C * tokens)
  const attentionMask = new BigInt64Array(C * tokens)
  const at = new Uint16Array(C * places)
  names.forEach((name, c) => {
    const sentence = sentenceOf(tokenizer, name, places, position)
    // A name that the tokenizer has cut leaves no room for places either.
    if (sentence.length > tokenizer.contextLength) throw tooLong(name, places, tokenizer.contextLength)
    const [start, end] = [BigInt(sentence[0]!), BigInt(sentence.at(-1)!)]
    let place = 0
    ids.fill(end, c * tokens, (c + 1) * tokens)
    sentence.forEach((id, t) => {
      ids[c * tokens + t] = id === null ? start : BigInt(id)
      attentionMask[c * tokens + t] = 1n
      if (id === null) at[c * places + place++] = t
    })
  })
  return { classes: C, places, tokens, ids, attentionMask, at }
}

function tooLong(name: string, places: number, most: number): UserError {
  return new UserError(
    said`The class "${name}" does not fit behind a context of ${places} tokens: the model reads ${most} tokens.`,
    'Shorten its name, or learn fewer context tokens.',
  )
}
