import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { loadClip } from '../../src/models/clip'
import { createTokenizer } from '../../src/models/tokenizer'
import { tokenizerOfVocabulary } from '../../src/models/tokenizer-vocabulary'
import { filesOf, letterTokenizerJson, tinyClip } from './tiny-clip'

const START = '<|startoftext|>'
const END = '<|endoftext|>'
const vocab = { a: 0, b: 1, 'a</w>': 2, 'b</w>': 3, ab: 4, 'ab</w>': 5, 'abab</w>': 6, [START]: 7, [END]: 8 }
const merges = '#version: 0.2\na b\na b</w>\nab ab</w>\n'

describe('tokenizerOfVocabulary', () => {
  it('merges in the order of the file', () => {
    const encode = createTokenizer(tokenizerOfVocabulary(vocab, merges), null, 9, 20).encode
    expect(encode('ABAB b ab')).toEqual([7, 6, 3, 5, 8])
    const reversed = createTokenizer(tokenizerOfVocabulary(vocab, 'a b\n'), null, 9, 20).encode
    expect(reversed('abab')).toEqual([7, 4, 0, 3, 8])
  })

  it('passes over empty lines and line ends of Windows', () => {
    const encode = createTokenizer(tokenizerOfVocabulary(vocab, merges.replaceAll('\n', '\r\n')), null, 9, 20).encode
    expect(encode('abab')).toEqual([7, 6, 8])
  })

  it.each([
    [['a', 'b'], merges, /^vocab.json is not a list/],
    [{ ...vocab, a: 'x' }, merges, /^vocab.json is not a list/],
    [{ a: 0, [START]: 1 }, '', /it lacks <\|endoftext\|>\.$/],
    [vocab, 'a b c\n', /its line 1 does not hold two parts/],
    [vocab, '#version: 0.2\n\nab\n', /its line 3 does not hold two parts/],
    [vocab, 'a b\nb a\n', /line 2 needs "ba", which vocab.json lacks/],
    [vocab, '<!doctype html>', /line 1 needs "<!doctype"/],
  ])('refuses what is no vocabulary or no merges (%#)', (vocabulary, text, message) => {
    let refusal: unknown
    try {
      tokenizerOfVocabulary(vocabulary, text)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(UserError)
    expect((refusal as UserError).message).toMatch(message)
  })
})

describe('a model folder without tokenizer.json', () => {
  const { 'tokenizer.json': _, ...rest } = tinyClip(2, 7)
  const files = { ...rest, 'vocab.json': letterTokenizerJson().model.vocab, 'merges.txt': new Uint8Array() }

  it('is read from vocab.json and merges.txt', async () => {
    const clip = await loadClip(filesOf(files))
    const usual = await loadClip(filesOf(tinyClip(2, 7)))
    expect(clip.tokenizer.encode('A fox, an ox')).toEqual(usual.tokenizer.encode('A fox, an ox'))
  })

  it('names what is missing', async () => {
    await expect(loadClip(filesOf(rest))).rejects.toThrow('lacks the file tokenizer.json')
    await expect(loadClip(filesOf({ ...files, 'merges.txt': undefined }))).rejects.toThrow(
      'The model "tiny" has vocab.json but no merges.txt.',
    )
    await expect(loadClip(filesOf({ ...files, 'vocab.json': undefined }))).rejects.toThrow(
      'The model "tiny" has merges.txt but no vocab.json.',
    )
  })
})
