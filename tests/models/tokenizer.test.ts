import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { createTokenizer } from '../../src/models/tokenizer'
import { tokenizerOfVocabulary } from '../../src/models/tokenizer-vocabulary'
import { referencePath, withoutReference } from '../data/reference'
import { CONTEXT, END, letterTokenizerJson, START, VOCABULARY } from './tiny-clip'

const tokenizer = createTokenizer(letterTokenizerJson(), null, VOCABULARY, CONTEXT)

describe('createTokenizer', () => {
  it('puts a text between start and end', () => {
    expect(tokenizer.encode('A  cab')).toEqual([START, 26, 2, 0, 27, END])
    expect(tokenizer.encode('')).toEqual([START, END])
  })

  it('cuts a long text to the context and keeps the end', () => {
    const ids = tokenizer.encode('a '.repeat(50))
    expect(ids.length).toBe(CONTEXT)
    expect([ids[0], ids.at(-2), ids.at(-1)]).toEqual([START, 26, END])
  })

  it('pads with the end token to the longest text, masked', () => {
    const { ids, attentionMask, length } = tokenizer.encodeBatch(['ab', 'c'])
    expect(length).toBe(4)
    expect([...ids].map(Number)).toEqual([START, 0, 27, END, START, 28, END, END])
    expect([...attentionMask].map(Number)).toEqual([1, 1, 1, 1, 1, 1, 1, 0])
  })

  it.each(['', '<\\|startoftext\\|>|<\\|endoftext\\|>|'])('splits words once: after "%s"', (specials) => {
    // The bytes of the byte order mark, which is no space: the last of them does not end a word.
    const tokens = ['ï', '»', '¿', '¿</w>', '!</w>', '<|startoftext|>', '<|endoftext|>']
    const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
    const json = tokenizerOfVocabulary(vocab, '') as {
      pre_tokenizer: { pretokenizers: { pattern: { Regex: string } }[] }
    }
    const [split] = json.pre_tokenizer.pretokenizers
    split!.pattern.Regex = specials + split!.pattern.Regex
    expect(createTokenizer(json, null, tokens.length, CONTEXT).encode('\uFEFF!')).toEqual([5, 0, 1, 2, 4, 6])
  })

  it('refuses a tokenizer of another model', () => {
    expect(() => createTokenizer(letterTokenizerJson(), null, 49408, 77)).toThrow(
      'The tokenizer does not belong to this model: it knows 54 tokens, the text model 49408.',
    )
  })

  it.each([[null], [{}], [{ ...letterTokenizerJson(), model: { type: 'Riddle', vocab: {} } }], ['text']])(
    'refuses what is no tokenizer (%#)',
    (json) => {
      expect(() => createTokenizer(json, null, VOCABULARY, CONTEXT)).toThrow(UserError)
    },
  )
})

interface Case {
  name: string
  text: string
  ids: number[]
}

describe.skipIf(withoutReference(26, "CLIP's vocabulary and published token ids"))("CLIP's own vocabulary", () => {
  function openClip() {
    const vocab = JSON.parse(readFileSync(referencePath('tokenizer/vocab.json'), 'utf8')) as Record<string, number>
    const merges = readFileSync(referencePath('tokenizer/merges.txt'), 'utf8')
    return createTokenizer(tokenizerOfVocabulary(vocab, merges), null, 49408, 77)
  }
  const clip = process.env.PASSEPARTOUT_DATA ? openClip() : tokenizer
  const cases = process.env.PASSEPARTOUT_DATA
    ? (JSON.parse(readFileSync(referencePath('reference/clip_tokenizer_cases.json'), 'utf8')) as Case[])
    : []

  it('has 25 published cases', () => expect(cases.length).toBe(25))

  it.each(cases)('$name', ({ text, ids }) => {
    const expected = ids.length <= 77 ? ids : [...ids.slice(0, 76), 49407]
    expect(clip.encode(text)).toEqual(expected)
  })
})
