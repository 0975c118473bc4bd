/**
 * npm run bench:gpu -- [--quick] [--batch N] [--json FILE]
 *
 * The WebGPU engine and its peers at true size on Node, where there is a GPU and no browser: ViT-B/32 and B/16 with random
 * weights, and the embedded model. On a software adapter only small models, or it would take hours. A Chromium brings one along,
 * with the loader that Dawn looks for:
 *
 *   export LD_LIBRARY_PATH=/usr/lib/chromium VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isSoftware, requestAdapter } from '../../../src/runtime/adapter'
import { watchDevices } from '../device-watch'
import { benchWebGpu } from '../in-webgpu'
import { stamp, vit64, vitB16, vitB32, type BenchModel } from '../models'
import type { Row } from '../row'
import { columns, show } from '../table'
import { openDawn } from './dawn'

const { values: options } = parseArgs({
  options: {
    dawn: { type: 'string' },
    quick: { type: 'boolean', default: false },
    batch: { type: 'string' },
    json: { type: 'string' },
  },
})
if (options.dawn === undefined) throw new Error('start this by `npm run bench:gpu`, which knows where Dawn lies')

await openDawn(options.dawn, (process.env['DAWN_FLAGS'] ?? '').split(' ').filter(Boolean))
const watch = watchDevices()
/** One for each device. */
const newAdapter = async (): Promise<GPUAdapter> => {
  const found = await requestAdapter()
  if (!found) throw new Error('Dawn finds no adapter: is a Vulkan, Metal or D3D12 driver installed?')
  return found
}
const adapter = await newAdapter()
const software = isSoftware(adapter.info)
const { vendor, architecture, device, description } = adapter.info
console.log(`Node ${process.version}, Dawn, ${[vendor, architecture, device, description].filter(Boolean).join(' ')}`)
columns()

const rounds = options.quick ? 2 : 7
const asked = options.batch === undefined ? null : Number(options.batch)
const models: readonly (readonly [BenchModel, number])[] = software
  ? [
      [stamp(), asked ?? 4],
      [vit64, asked ?? 8],
    ]
  : [
      [stamp(), asked ?? 64],
      [vitB32, asked ?? 32],
      [vitB16, asked ?? 32],
    ]

const rows: Row[] = []
for (const [bench, batch] of models) {
  const { name, imageSize, dimensions, tower } = bench
  const found = await benchWebGpu(await newAdapter(), watch, bench.open(), {
    name,
    batch,
    imageSize,
    dimensions,
    rounds,
    shape: tower,
  })
  const onNode = found.map((row) => ({ ...row, adapter: `${row.adapter}, Dawn in Node` }))
  onNode.forEach(show)
  rows.push(...onNode)
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`)
process.exit(0) // Dawn would keep the process alive
