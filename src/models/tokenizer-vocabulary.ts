/**
 * CLIP's tokenizer from the two files that came before `tokenizer.json`: `vocab.json` (token -> id) and `merges.txt`
 * (one merge a line, in the order of their ranks).
 *
 * These two hold only the byte-pair encoding. What is around it is the same in every CLIP and stands here: lower case,
 * CLIP's splitting into words (openai/CLIP `simple_tokenizer.py`), bytes, start and end tokens.
 */
import { z } from 'zod'
import { UserError } from '../errors'
import { readJson, readOptionalJson, type ModelFiles } from './files'

export const START_TOKEN = '<|startoftext|>'
export const END_TOKEN = '<|endoftext|>'

/** openai/CLIP's pattern of a word, without the two special tokens, which are found before it. */
export const WORD_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"

const vocabularySchema = z.record(z.string(), z.int().min(0))

/**
 * A `tokenizer.json`, as the hub's CLIPs have it.
 * @param vocabulary of `vocab.json`
 * @param merges text of `merges.txt`; a first line `#version` and empty lines are passed over
 * @throws UserError when the two are no vocabulary and merges, or not of the same tokenizer
 */
export function tokenizerOfVocabulary(vocabulary: unknown, merges: string): unknown {
  const parsed = vocabularySchema.safeParse(vocabulary)
  if (!parsed.success) throw refused('vocab.json is not a list of tokens with their numbers.', parsed.error)
  const vocab = parsed.data
  const [start, end] = [vocab[START_TOKEN], vocab[END_TOKEN]]
  if (start === undefined || end === undefined) {
    throw refused(`vocab.json is not of a CLIP: it lacks ${start === undefined ? START_TOKEN : END_TOKEN}.`)
  }
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  return {
    version: '1.0',
    added_tokens: [special(start, START_TOKEN), special(end, END_TOKEN)],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: WORD_PATTERN }, behavior: 'Removed', invert: true },
        byteLevel,
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [END_TOKEN, end],
      cls: [START_TOKEN, start],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      type: 'BPE',
      unk_token: END_TOKEN,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab,
      merges: readMerges(merges, vocab),
    },
  }
}

/** Pairs in the order of their ranks, each of whose sides and product the vocabulary knows. */
function readMerges(text: string, vocab: Readonly<Record<string, number>>): readonly (readonly [string, string])[] {
  const lines = text.split(/\r?\n/)
  const pairs: (readonly [string, string])[] = []
  lines.forEach((line, at) => {
    if (line === '' || (at === 0 && line.startsWith('#version'))) return
    const [left, right, more] = line.split(' ')
    if (!left || !right || more !== undefined) {
      throw refused(`merges.txt is not a list of merges: its line ${at + 1} does not hold two parts.`)
    }
    const unknown = [left, right, left + right].find((token) => vocab[token] === undefined)
    if (unknown !== undefined) {
      throw refused(
        `merges.txt and vocab.json are not of the same tokenizer: line ${at + 1} needs "${unknown}", which vocab.json lacks.`,
      )
    }
    pairs.push([left, right])
  })
  return pairs
}

/** The tokenizer of a model folder: `tokenizer.json`, or where there is none `vocab.json` and `merges.txt`. */
export async function readTokenizer(files: ModelFiles): Promise<unknown> {
  const json = await readOptionalJson(files, 'tokenizer.json')
  if (json !== null) return json
  const merges = await files.read('merges.txt')
  const vocabulary = await readOptionalJson(files, 'vocab.json')
  if (merges !== null && vocabulary !== null) return tokenizerOfVocabulary(vocabulary, new TextDecoder().decode(merges))
  // Neither way is complete: the usual one is asked for, and half of the other is named.
  if (merges === null && vocabulary === null) return readJson(files, 'tokenizer.json')
  throw new UserError(
    `The model "${files.name}" has ${merges === null ? 'vocab.json but no merges.txt' : 'merges.txt but no vocab.json'}.`,
    'Add the missing one of the two, or tokenizer.json, which holds both.',
  )
}

const special = (id: number, content: string) => ({
  id,
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  // Found in the lower-cased text: openai/CLIP knows them in any case.
  normalized: true,
})

function refused(message: string, cause?: unknown): UserError {
  return new UserError(message, 'Take vocab.json and merges.txt from the same CLIP, or its tokenizer.json.', { cause })
}
