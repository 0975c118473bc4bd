/** The contenders that run in this process: both CPU engines, and tfjs executing the encoder itself. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createNodeEngine } from '../../src/runtime/node'
import { createWasmEngine } from '../../src/runtime/wasm'
import { engineContender, type OpenContender } from './engine-contender'
import { jaxContender } from './jax-contender'
import { interleave } from './measure'
import type { BenchModel } from './models'
import type { Row } from './row'
import { tfjsContender } from './tfjs-contender'
import { hasTorch, torchContender } from './torch-contender'

interface Entry {
  readonly engine: string
  readonly adapter: string
  readonly peakBytes: number | null
  readonly contender: OpenContender
  end(): Promise<void>
}

/** tfjs and jax-js are asked once for a forward and a step of an encoder with images as large as these, pixels. */
const LARGE_IMAGE = 224

export async function benchInNode(bench: BenchModel, batch: number, rounds: number): Promise<Row[]> {
  const model = bench.open()
  const options = { batch, imageSize: bench.imageSize, dimensions: bench.dimensions }
  const entries: Entry[] = []
  const failed: Pick<Entry, 'engine' | 'adapter'>[] = []
  for (const create of [createNodeEngine, createWasmEngine]) {
    const engine = await create()
    entries.push({
      engine: engine.kind,
      adapter: engine.description,
      ...(await warm(() => engineContender(engine, model, options))),
      end: () => engine.dispose(),
    })
  }
  const slow = bench.imageSize >= LARGE_IMAGE
  const peers: Record<string, { adapter: string; open: () => Promise<OpenContender> }> = {
    'tfjs-wasm': {
      adapter: 'tfjs executes the encoder, WASM, 1 thread',
      open: () => tfjsContender(model, options),
    },
  }
  const { tower } = bench
  if (tower) {
    peers['jax-wasm'] = { adapter: 'jax-js, WASM', open: () => jaxContender('wasm', model, tower, options) }
  }
  for (const [engine, { adapter, open }] of Object.entries(peers)) {
    try {
      const { contender, peakBytes } = await warm(open)
      entries.push({ engine, adapter, peakBytes, contender: { ...contender, slow }, end: async () => undefined })
    } catch (error) {
      failed.push({ engine, adapter: `${adapter}: did not run (${(error as Error).message})` })
    }
  }
  if (bench.tower && hasTorch()) {
    const contender = await torchContender(bench.tower, batch)
    await contender.forward()
    await contender.step()
    // Another process, whose memory is not this one's growth.
    const torch = { engine: 'pytorch', adapter: contender.description, peakBytes: null, contender }
    entries.push({ ...torch, end: async () => undefined })
  }
  const measured = await interleave(
    entries.map((entry) => entry.contender),
    rounds,
  )
  for (const { contender, end } of entries) {
    await contender.close()
    await end()
  }
  const row = (
    engine: string,
    adapter: string,
    figures: Pick<Row, 'forwardMs' | 'stepMs' | 'ratio' | 'peakBytes'>,
  ) => ({
    name: `${bench.name}/${engine}/${batch}`,
    ...{ engine, adapter, model: bench.name, batch, ...figures, dispatches: null, submits: null },
  })
  const none = { forwardMs: null, stepMs: null, ratio: null, peakBytes: null }
  return [
    ...entries.map(({ engine, adapter, peakBytes }, i) => row(engine, adapter, { ...measured[i]!, peakBytes })),
    ...failed.map(({ engine, adapter }) => row(engine, adapter, none)),
  ]
}

/** Opens a contender and lets it do everything once; by how much the process has grown since. */
async function warm(open: () => Promise<OpenContender>): Promise<{ contender: OpenContender; peakBytes: number }> {
  collectGarbage()
  const before = process.memoryUsage.rss()
  const contender = await open()
  await contender.forward()
  await contender.step()
  return { contender, peakBytes: process.memoryUsage.rss() - before }
}

/** Else memory freed since would be taken for memory not used. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
}
