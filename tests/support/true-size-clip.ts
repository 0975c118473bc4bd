/** A CLIP ViT-B/32 of true size with random weights, in the hub's layout: 605 MB that mean nothing. */
import type { ModelFiles } from '../../src/models/files'
import { encodeModel } from '../../src/onnx/write'
import { clipTokenizerJson } from '../models/tiny-clip'
import { clipText, clipVision, VIT_B_32 } from './clip-generator'
import { bytesOf, stampFiles, type Files } from './hub-content'

const VOCABULARY = 49_408
const CONTEXT = 77
const WORD_END = '</w>'
const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz')

/** Letters are its tokens; the rest of CLIP's vocabulary is there for its size, and never met. */
function spellingTokenizer() {
  const known = [...LETTERS, ...LETTERS.map((letter) => letter + WORD_END)]
  const fillers = Array.from({ length: VOCABULARY - 2 - known.length }, (_, i) => `<filler ${i}>`)
  const tokens = [...known, ...fillers, '<|startoftext|>', '<|endoftext|>']
  const vocabulary = Object.fromEntries(tokens.map((token, id) => [token, id]))
  return clipTokenizerJson(vocabulary, [], VOCABULARY - 2, VOCABULARY - 1)
}

export function trueSizeClip(): Files {
  const { image, projection } = VIT_B_32
  const preprocessing: unknown = JSON.parse(new TextDecoder().decode(stampFiles()['preprocessor_config.json']))
  const side = { height: image, width: image }
  return bytesOf({
    'config.json': {
      ...{ model_type: 'clip', projection_dim: projection, vision_config: { image_size: image } },
      text_config: { vocab_size: VOCABULARY, max_position_embeddings: CONTEXT },
    },
    'preprocessor_config.json': { ...(preprocessing as object), size: { shortest_edge: image }, crop_size: side },
    'tokenizer.json': spellingTokenizer(),
    'onnx/vision_model.onnx': encodeModel(clipVision(VIT_B_32), { weights: 'inline' }),
    'onnx/text_model.onnx': encodeModel(
      clipText({ vocabulary: VOCABULARY, context: CONTEXT, width: 512, layers: 12, heads: 8, projection }),
      { weights: 'inline' },
    ),
  })
}

/** Files in memory, as a place to read a model from. */
export const heldFiles = (files: Files): ModelFiles => ({
  name: 'held',
  read: async (path) => files[path] ?? null,
})
