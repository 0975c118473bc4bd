/** A loss that is no longer a number, on the page: the run stops with a sentence, and what was learned before is kept. */
import { expect, test } from '@playwright/test'
import { zipSync } from 'fflate'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Node } from '../src/onnx/model'
import { decodeModel } from '../src/onnx/read'
import { makeTensor } from '../src/onnx/tensor'
import { encodeModel } from '../src/onnx/write'
import { quick } from '../src/learning/recipes'
import { PassepartoutPage } from './page'

/** Steps between validations of the `quick` recipe: what is kept is the border of the last one. */
const VALIDATED = quick.validateEvery

/**
 * The embedded encoder with a ceiling, as encoders in half precision have one: it overflows where a pixel leaves
 * [-LIMIT, LIMIT]. The pictures stay below 0.25 and Adam of rate 0.1 makes a border of 1.6 in 20 steps and of 2 in 37
 * (measured): the first validation is sound, and some steps later nothing is.
 */
const LIMIT = 2
function overflowing(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes)
  const node = (op: string, inputs: string[], output: string): Node => ({
    ...{ op, domain: '', name: output, inputs, outputs: [output], attributes: {} },
  })
  const scalar = (value: number) => makeTensor('float32', [], [value])
  const ceiling = [
    node('Abs', ['pixel_values'], 'size'),
    node('Sub', ['size', 'limit'], 'beyond'),
    node('Relu', ['beyond'], 'excess'),
    node('Mul', ['excess', 'steepness'], 'exponent'),
    node('Exp', ['exponent'], 'factor'),
    node('Mul', ['pixel_values', 'factor'], 'limited_pixels'),
  ]
  const { graph } = model
  const rest = graph.nodes.map((one) => ({
    ...one,
    inputs: one.inputs.map((name) => (name === 'pixel_values' ? 'limited_pixels' : name)),
  }))
  const initializers = new Map([...graph.initializers, ['limit', scalar(LIMIT)], ['steepness', scalar(1e4)]])
  return encodeModel(
    { ...model, graph: { ...graph, nodes: [...ceiling, ...rest], initializers } },
    { weights: 'inline' },
  )
}

/** Plain pictures of three muted colours, 12 of each. */
async function mutedColours(): Promise<Uint8Array> {
  const colours = { red: '#8b7068', green: '#75855f', blue: '#757078' }
  const entries = Object.entries(colours).flatMap(([name, background]) =>
    Array.from({ length: 12 }, async (_, i) => {
      // Of another width each: the same file twice would be a duplicate.
      const png = await sharp({ create: { width: 64 + i, height: 64, channels: 3, background } })
        .png()
        .toBuffer()
      return [`${name}/${i}.png`, new Uint8Array(png)] as const
    }),
  )
  return zipSync(Object.fromEntries(await Promise.all(entries)))
}

test('a loss that becomes NaN ends the run with a sentence, and the last good border is kept', async ({
  page,
  context,
}, info) => {
  const model = join('public', 'models', 'stamp', 'onnx', 'vision_model.onnx')
  const body = Buffer.from(overflowing(readFileSync(model)))
  await context.route('**/vision_model.onnx', (route) => route.fulfill({ body }))
  const passepartout = new PassepartoutPage(page)
  await passepartout.open({ backend: 'wasm' })
  const zip = info.outputPath('colours.zip')
  writeFileSync(zip, await mutedColours())
  await passepartout.chooseZip(zip)
  await expect(page.getByTestId('class-row')).toHaveCount(3, { timeout: 60_000 })
  await passepartout.waitReady()
  // Long, so that the learning rate stays up.
  await passepartout.setSteps(1000)
  await passepartout.start()
  await passepartout.waitStatus('failed', 240_000)

  await expect(passepartout.alert).toHaveCount(1)
  const [message, remedy, kept] = await passepartout.alert.locator('p').allTextContents()
  expect(message).toMatch(/^Learning stopped at step \d+: the loss or its gradient is no longer a finite number\.$/)
  const failedAt = Number(/\d+/.exec(message!)![0])
  console.log(message)
  const lastGood = VALIDATED * Math.floor((failedAt - 1) / VALIDATED)
  expect(lastGood).toBeGreaterThan(0)
  expect(remedy).toBe(
    'The last good border is kept; start again with fewer steps or a gentler recipe (quick, not paper).',
  )
  expect(kept).toBe(`The border of step ${lastGood} is kept and shown.`)

  // Nothing is lost: border, its step, curves, pictures and task are still there, and sound.
  await expect(page.getByTestId('border-step')).toHaveText(String(lastGood))
  await expect(page.getByTestId('class-row')).toHaveCount(3)
  await expect(page.getByTestId('loss-plot')).toHaveAccessibleName(/^Loss \d+\.\d+ at step/)
  await expect(page.getByTestId('probabilities')).toContainText(/\d\s%/)
  await expect(page.getByTestId('probabilities')).not.toContainText('NaN')
  const drawn = await page.getByTestId('border-canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, 4)
    return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join())).size
  })
  expect(drawn, 'colours in the border that is shown').toBeGreaterThan(10)

  // The remedy works.
  await passepartout.setSteps(VALIDATED)
  await passepartout.start()
  await expect(passepartout.alert).toHaveCount(0)
  await passepartout.waitFinished(240_000)
})
