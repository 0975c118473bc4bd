/** A CLIP of a few hundred bytes in the hub's layout: letters are its tokens, means its encoders. */
import { GraphBuilder } from '../../src/onnx/builder'
import { int, ints } from '../../src/onnx/model'
import { makeTensor } from '../../src/onnx/tensor'
import { encodeModel } from '../../src/onnx/write'
import type { ModelFiles } from '../../src/models/files'

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz')
const WORD_END = '</w>'
export const START = 2 * LETTERS.length
export const END = START + 1
export const VOCABULARY = END + 1
export const DIM = 3
export const CONTEXT = 24

/** A tokenizer.json as the hub's CLIP has it, around any vocabulary and merges. */
export function clipTokenizerJson(
  vocab: Record<string, number>,
  merges: readonly string[],
  start: number,
  end: number,
) {
  const special = (id: number, content: string) => ({
    ...{ id, content, special: true, single_word: false },
    ...{ lstrip: false, rstrip: false, normalized: false },
  })
  const pattern = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(start, '<|startoftext|>'), special(end, '<|endoftext|>')],
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
      pretokenizers: [{ type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: true }, byteLevel],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: ['<|endoftext|>', end],
      cls: ['<|startoftext|>', start],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: '<|endoftext|>', continuing_subword_prefix: '' },
      ...{ end_of_word_suffix: WORD_END, fuse_unk: false, vocab, merges },
    },
  }
}

export function letterTokenizerJson() {
  const tokens = [...LETTERS, ...LETTERS.map((letter) => letter + WORD_END), '<|startoftext|>', '<|endoftext|>']
  return clipTokenizerJson(Object.fromEntries(tokens.map((token, id) => [token, id])), [], START, END)
}

/** Component d of the embedding of token `id`. */
export const tokenValue = (id: number, d: number): number => Math.sin(id * (d + 1)) + 0.5

/** text_embeds = mean of the token vectors before padding; static [texts, length]. */
function textModel(texts: number, length: number): Uint8Array {
  const b = new GraphBuilder()
  const ids = b.input('input_ids', 'int64', [texts, length])
  const mask = b.input('attention_mask', 'int64', [texts, length])
  const values = Array.from({ length: VOCABULARY * DIM }, (_, i) => tokenValue(Math.floor(i / DIM), i % DIM))
  const table = b.initializer('table', makeTensor('float32', [VOCABULARY, DIM], values))
  const weights = b.op('Unsqueeze', [b.cast(mask, 'float32'), b.indices([2])])
  const weighted = b.mul(b.op('Gather', [table, ids], { axis: int(0) }), weights)
  const sum = (x: string) => b.op('ReduceSum', [x, b.indices([1])], { keepdims: int(0) })
  const embeds = b.op('Div', [sum(weighted), sum(weights)], {}, 'text_embeds')
  return encodeModel(b.toModel([embeds]))
}

/** image_embeds = mean of each channel. */
function visionModel(size: number): Uint8Array {
  const b = new GraphBuilder()
  const pixels = b.input('pixel_values', 'float32', [1, 3, size, size])
  const embeds = b.op('ReduceMean', [pixels], { axes: ints([2, 3]), keepdims: int(0) }, 'image_embeds')
  return encodeModel(b.toModel([embeds]))
}

export type FileTable = Record<string, unknown>

/** The files of the tiny CLIP; JSON as values, ONNX as bytes. */
export function tinyClip(texts: number, length: number): FileTable {
  return {
    'config.json': {
      ...{ model_type: 'clip', projection_dim: DIM, logit_scale: 2, vision_config: { image_size: 4 } },
      text_config: { vocab_size: VOCABULARY, max_position_embeddings: CONTEXT },
    },
    'preprocessor_config.json': { image_mean: [0.5, 0.4, 0.3], image_std: [0.2, 0.2, 0.2], crop_size: 4, resample: 3 },
    'tokenizer.json': letterTokenizerJson(),
    'onnx/vision_model.onnx': visionModel(4),
    'onnx/text_model.onnx': textModel(texts, length),
  }
}

/** The table as a place to read from. */
export function filesOf(table: FileTable): ModelFiles {
  return {
    name: 'tiny',
    async read(path, onBytes) {
      const content = table[path]
      if (content === undefined) return null
      const bytes = content instanceof Uint8Array ? content : new TextEncoder().encode(JSON.stringify(content))
      onBytes?.(bytes.length, bytes.length)
      return bytes
    },
  }
}
