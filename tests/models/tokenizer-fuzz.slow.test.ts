/** Our tokenizer against an independent one on thousands of strings that nobody would think of. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTokenizer } from '../../src/models/tokenizer'
import { tokenizerOfVocabulary } from '../../src/models/tokenizer-vocabulary'
import { referencePath, withoutReference } from '../data/reference'
import { plainBpe } from './plain-bpe'

const SNIPPETS = [
  ...['a photo of a', 'Café', 'naïve', 'Ångström', 'ÜBER', 'straße', 'İstanbul', 'ΑΣ', 'e\u0301', 'a\u0308\u0323', 'ﬁ'],
  ...['生活的真谛是', '東京', 'こんにちは', '안녕하세요', 'ㄱ', 'Привет', 'שלום', 'مرحبا', 'हिन्दी', 'ไทย'],
  ...['😂', '👩‍👩‍👧‍👦', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👍🏽', '❤️', '🇩🇪', '\u200D', '\uFE0F'],
  ...['0', '2016', '٣', '½', '²', 'Ⅻ', '1,000.50', '१२'],
  ...['&amp;', '&lt;b&gt;', '&#39;', '&nbsp;', '<br/>', '<|endoftext|>', '<|startoftext|>', '<|ENDOFTEXT|>', '<|'],
  ...["'s", "'LL", "can't", "''d", '…', '—', '～', '!!', '¿', '_', '-', '/', '\\', '"', '$1', '€', '</w>', '▁'],
  ...[
    ' ',
    '  ',
    '\t',
    '\n',
    '\r\n',
    '\u00A0',
    '\u0085',
    '\u2028',
    '\u3000',
    '\u200B',
    '\uFEFF',
    '\0',
    '\uFFFD',
    '\u00AD',
  ],
  ...['\uD800', '\uDC00'],
]
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(fc.oneof(fc.constantFrom(...SNIPPETS), fc.string({ maxLength: 6 })), { maxLength: 20 })
    .map((a) => a.join('')),
  fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 12 }).map((a) => a.join(' ')),
  fc.tuple(fc.constantFrom(...SNIPPETS), fc.integer({ min: 50, max: 400 })).map(([s, n]) => s.repeat(n)),
)

function agree(vocab: Record<string, number>, merges: readonly string[], context: number, numRuns: number): void {
  const json = tokenizerOfVocabulary(vocab, `#version: 0.2\n${merges.join('\n')}\n`)
  const { encode } = createTokenizer(json, null, Object.keys(vocab).length, context)
  const plain = plainBpe(vocab, merges)
  const cut = (ids: number[]) => (ids.length <= context ? ids : [...ids.slice(0, context - 1), ids.at(-1)!])
  fc.assert(
    fc.property(text, (t) => {
      expect(encode(t)).toEqual(cut(plain(t)))
    }),
    { numRuns, seed: 20260000, examples: SNIPPETS.map((s) => [s]) },
  )
}

describe('the tokenizer and an independent byte-pair encoding', () => {
  it("agree on Stamp's vocabulary", () => {
    const { model } = JSON.parse(readFileSync('public/models/stamp/tokenizer.json', 'utf8')) as {
      model: { vocab: Record<string, number>; merges: string[] }
    }
    const vocab = { ...model.vocab, '<|startoftext|>': 1560, '<|endoftext|>': 1561 }
    agree(vocab, model.merges, 32, 1500)
  })

  it.skipIf(withoutReference(1, "the fuzz on CLIP's own vocabulary"))("agree on CLIP's own vocabulary", () => {
    const vocab = JSON.parse(readFileSync(referencePath('tokenizer/vocab.json'), 'utf8')) as Record<string, number>
    const merges = readFileSync(referencePath('tokenizer/merges.txt'), 'utf8').split('\n').slice(1)
    agree(
      vocab,
      merges.filter((line) => line !== ''),
      77,
      3000,
    )
  })
})
