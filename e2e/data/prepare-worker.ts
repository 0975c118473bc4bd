/** A worker that prepares one picture as the lab does: decoded, resized, cropped, normalised. */
import { browserDecoder } from '../../src/data/decode-browser'
import { memorySet } from '../../src/data/memory-set'
import { resizeAndCrop } from '../../src/data/resample'
import { BatchBuilder } from '../../src/learning/batches'

export interface PrepareQuestion {
  readonly bytes: Uint8Array
  readonly imageSize: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

globalThis.onmessage = async ({ data }: MessageEvent<PrepareQuestion>) => {
  const { bytes, ...format } = data
  const pixels = resizeAndCrop(await browserDecoder.decode(bytes), format.imageSize)
  const set = memorySet(pixels, Uint16Array.of(0), ['it'])
  const [batch] = new BatchBuilder(set, format, 1).inOrder()
  globalThis.postMessage(batch!.pixels)
}
