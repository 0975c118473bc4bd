/** Steps of CoOp and TPT on the engines of this process, interleaved. */
import type { Clip } from '../../src/models/clip'
import { createNodeEngine } from '../../src/runtime/node'
import { createWasmEngine } from '../../src/runtime/wasm'
import type { OpenContender } from './engine-contender'
import { interleave } from './measure'
import type { Row } from './row'
import { coopContender, tptContender, type TextCase } from './text-contenders'

export interface TextBench {
  /** What the model is called in the rows. */
  readonly name: string
  open(): Promise<Clip>
}

export interface TextPlan {
  readonly coop: TextCase
  readonly tpt: TextCase
  readonly rounds: number
}

const METHODS = { coop: coopContender, tpt: tptContender } as const
const TITLES = { coop: 'CoOp', tpt: 'TPT' } as const

export async function benchText({ name, open }: TextBench, plan: TextPlan): Promise<Row[]> {
  const clip = await open()
  const rows: Row[] = []
  for (const method of ['coop', 'tpt'] as const) {
    const { batch, classes } = plan[method]
    const entries: { engine: string; adapter: string; peakBytes: number; contender: OpenContender; end: () => Promise<void> }[] = [] // prettier-ignore
    for (const create of [createNodeEngine, createWasmEngine]) {
      const engine = await create()
      const before = process.memoryUsage.rss()
      const contender = await METHODS[method](engine, clip, plan[method])
      await contender.forward()
      await contender.step()
      const peakBytes = process.memoryUsage.rss() - before
      const { description: adapter, kind } = engine
      entries.push({ engine: kind, adapter, peakBytes, contender, end: () => engine.dispose() })
    }
    const measured = await interleave(
      entries.map(({ contender }) => contender),
      plan.rounds,
    )
    for (const [i, { adapter, contender, end, engine, peakBytes }] of entries.entries()) {
      await contender.close()
      await end()
      const model = `${name}, ${TITLES[method]}, ${classes} classes`
      const figures = { ...measured[i]!, peakBytes, dispatches: null, submits: null }
      rows.push({ name: `${model}/${engine}/${batch}`, engine, adapter, model, batch, method, ...figures })
    }
  }
  return rows
}
