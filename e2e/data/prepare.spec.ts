/**
 * The tensor that a worker of the page makes of a photograph, against the one that openai/CLIP's preprocessing makes of it
 * (Pillow's bicubic with antialias, centre crop, mean and std), everywhere to 1e-3.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { build } from 'rolldown'
import { referencePath, withoutReference } from '../../tests/data/reference'

const SIZE = 224
const MEAN = [0.48145466, 0.4578275, 0.40821073]
const STD = [0.26862954, 0.26130258, 0.27577711]

test.skip(withoutReference(1, "openai/CLIP's preprocessing in the browser"), 'PASSEPARTOUT_DATA is not set')

test("prepares a photograph as openai/CLIP's own preprocessing does", async ({ page }) => {
  const bundle = await build({
    input: 'e2e/data/prepare-worker.ts',
    output: { format: 'iife' },
    write: false,
    logLevel: 'warn',
  })
  expect(bundle.output[0].imports).toEqual([])
  const values = await page.evaluate(
    async ({ code, bytes, imageSize, mean, std }) => {
      const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
      return new Promise<number[]>((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<Float32Array>) => resolve([...data])
        worker.onerror = ({ message }) => reject(new Error(message))
        worker.postMessage({ bytes: Uint8Array.from(bytes), imageSize, mean, std })
      })
    },
    {
      code: bundle.output[0].code,
      bytes: [...readFileSync(referencePath('reference/franz-kafka.jpg'))],
      imageSize: SIZE,
      mean: MEAN,
      std: STD,
    },
  )
  const npy = readFileSync(referencePath('reference/franz-kafka_expected_preprocessed_clip224.npy'))
  const start = 10 + npy.readUInt16LE(8)
  expect(values.length).toBe(3 * SIZE * SIZE)
  const largest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - npy.readFloatLE(start + 4 * i))), 0)
  expect(largest).toBeLessThan(1e-3)
  test.info().annotations.push({ type: 'largest difference', description: String(largest) })
  console.log(`largest difference of ${values.length} values: ${largest}`)
})
