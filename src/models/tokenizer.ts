/**
 * CLIP's text tokenizer: byte-pair encoding by `@huggingface/tokenizers`, start and end tokens around each text, cut to
 * the model's context with the end token kept (openai/CLIP `clip.tokenize(truncate=True)`).
 *
 * Padding is the end token again, as in the hub's CLIP: the tower is causal and pools at the first end token, so what
 * comes after it changes nothing.
 */
import { Tokenizer } from '@huggingface/tokenizers'
import { z } from 'zod'
import { UserError } from '../errors'
import { WORD_PATTERN } from './tokenizer-vocabulary'

export interface TokenBatch {
  /** [texts, length], row-major. */
  readonly ids: BigInt64Array
  /** 1 up to and with the end token, 0 on padding; [texts, length]. */
  readonly attentionMask: BigInt64Array
  /** Tokens of each row: those of the longest text, start and end included, or as many as were asked for. */
  readonly length: number
}

export interface ClipTokenizer {
  /** Most tokens of one text, start and end included. */
  readonly contextLength: number
  /** Token ids of one text, from start to end token; at most the context length. */
  encode(text: string): number[]
  /** Tokens of a text before it is cut to the context, start and end included. */
  count(text: string): number
  /** Texts padded to the longest among them, or padded and cut to `length` tokens. */
  encodeBatch(texts: readonly string[], length?: number): TokenBatch
  readonly vocabularySize: number
  /** A token as people read it, without the mark of a word's end. */
  wordOf(id: number): string
}

const tokenizerSchema = z.looseObject({
  model: z.looseObject({ type: z.literal('BPE'), vocab: z.record(z.string(), z.int()) }),
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })),
})

/**
 * @param json of `tokenizer.json`
 * @param configJson of `tokenizer_config.json`; null where there is none
 * @param vocabularySize rows of the text model's token table
 * @param contextLength most tokens of one text, start and end included
 * @throws UserError when this is no tokenizer, or not the one that the model was trained with
 */
export function createTokenizer(
  json: unknown,
  configJson: unknown,
  vocabularySize: number,
  contextLength: number,
): ClipTokenizer {
  const tokenizer = open(json, configJson)
  const ends = tokenizer.encode('').ids
  const [start, end] = ends
  const largest = Math.max(...[...tokenizer.get_vocab(true).values()])
  if (ends.length !== 2 || start === end || largest + 1 !== vocabularySize) {
    throw new UserError(
      `The tokenizer does not belong to this model: it knows ${largest + 1} tokens, the text model ${vocabularySize}.`,
      'Take tokenizer.json and the ONNX files from the same model.',
    )
  }

  function encode(text: string, most = contextLength): number[] {
    const { ids } = tokenizer.encode(text)
    return ids.length <= most ? ids : [...ids.slice(0, most - 1), end!]
  }

  function encodeBatch(texts: readonly string[], wanted?: number): TokenBatch {
    const rows = texts.map((text) => encode(text, wanted))
    const length = wanted ?? Math.max(...rows.map((row) => row.length))
    const ids = new BigInt64Array(rows.length * length).fill(BigInt(end!))
    const attentionMask = new BigInt64Array(rows.length * length)
    rows.forEach((row, r) =>
      row.forEach((id, t) => {
        ids[r * length + t] = BigInt(id)
        attentionMask[r * length + t] = 1n
      }),
    )
    return { ids, attentionMask, length }
  }

  const count = (text: string) => tokenizer.encode(text).ids.length
  const wordOf = (id: number) => {
    const decoded = tokenizer.decode([id], { skip_special_tokens: false }).replace('</w>', '').trim()
    // Half of a letter's bytes decode to nothing that can be read.
    return decoded || (tokenizer.id_to_token(id) ?? String(id))
  }
  return { contextLength, encode: (text) => encode(text), count, encodeBatch, vocabularySize, wordOf }
}

function open(json: unknown, configJson: unknown): Tokenizer {
  const parsed = tokenizerSchema.safeParse(json)
  try {
    if (!parsed.success) throw parsed.error
    return new Tokenizer(splitOnce(parsed.data), z.looseObject({}).parse(configJson ?? {}))
  } catch (cause) {
    throw new UserError('tokenizer.json is not a tokenizer that this program understands.', 'Fetch the file again.', {
      cause,
    })
  }
}

const clipSplitSchema = z.looseObject({
  pre_tokenizer: z.looseObject({
    pretokenizers: z.tuple([
      z.looseObject({ type: z.literal('Split'), pattern: z.object({ Regex: z.string().endsWith(WORD_PATTERN) }) }),
      z.looseObject({ type: z.literal('ByteLevel') }),
    ]),
  }),
})

/**
 * CLIP's words (some files name the special tokens before them) are not split a second time. The hub's file asks for it,
 * and in Rust, where it comes from, that finds nothing left to split; the library's JavaScript counts the byte order mark
 * U+FEFF as a space and splits there.
 */
function splitOnce<T extends object>(json: T): T {
  const clip = clipSplitSchema.safeParse(json)
  if (!clip.success) return json
  const [split, byteLevel] = clip.data.pre_tokenizer.pretokenizers
  const pretokenizers = [split, { ...byteLevel, use_regex: false }]
  return { ...json, pre_tokenizer: { ...clip.data.pre_tokenizer, pretokenizers } }
}
