/** The embedded model on Node with its image encoder open, and what PyTorch gave for it (tools/stamp/reference.py). */
import { readFileSync } from 'node:fs'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'

export interface Reference {
  readonly logit_scale: number
  readonly vocabulary: number
  readonly texts: readonly { text: string; input_ids: number[]; text_embeds: number[] }[]
  readonly images: readonly {
    path: string
    channel_means: number[]
    first_row_red: number[]
    sum_of_squares: number
    image_embeds: number[]
  }[]
  readonly zero_shot: readonly { id: string; template: string; val: { correct: number; total: number } }[]
}

export const reference = JSON.parse(readFileSync('tests/fixtures/stamp/reference.json', 'utf8')) as Reference

export interface OpenStamp {
  readonly engine: Engine
  readonly stamp: Clip
  /** float32 [count,3,S,S] of uint8 pixels. */
  normalise(pixels: Uint8Array): Float32Array
  /** float32 [count,D] of normalised pixels. */
  embed(pixels: Float32Array): Promise<Float32Array>
}

export async function openStamp(): Promise<OpenStamp> {
  const engine = await createNodeEngine()
  const stamp = await loadClip(modelFolder('public/models/stamp'))
  const vision = await engine.createSession((await stamp.vision.readFiles())[0]!.data)
  const S = stamp.imageSize
  return {
    engine,
    stamp,
    normalise: (pixels) =>
      Float32Array.from(pixels, (value, i) => {
        const c = Math.floor(i / S ** 2) % 3
        return (value / 255 - stamp.mean[c]!) / stamp.std[c]!
      }),
    embed(pixels) {
      const feeds = {
        pixel_values: { dtype: 'float32', dims: [pixels.length / (3 * S * S), 3, S, S], data: pixels },
      } as const
      return vision.run(feeds, async (outputs) => Float32Array.from(await outputs.image_embeds!.data()))
    },
  }
}
