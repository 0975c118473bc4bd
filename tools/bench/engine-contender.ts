/** An engine with a training graph open, ready to be timed. */
import type { OnnxModel } from '../../src/onnx/model'
import type { Engine } from '../../src/runtime/engine'
import { tf } from '../../src/runtime/tfjs'
import {
  doBackward,
  seededFeeds,
  step,
  trainingGraph,
  type CaseOptions,
  type StepValues,
} from '../../tests/support/training-case'
import type { Contender } from './measure'

export interface OpenContender extends Contender {
  close(): Promise<void>
}

/** One whose answers can be set beside another's: tests see to it that all compute the same. */
export interface Comparable extends OpenContender {
  /** Of a step. */
  values(): Promise<StepValues>
}

export async function engineContender(engine: Engine, model: OnnxModel, options: CaseOptions): Promise<Comparable> {
  const learning = { ...options, entry: 'delta' } as const
  const graph = trainingGraph(model, learning)
  const session = await engine.createSession(graph.model, graph.externalData)
  const feeds = seededFeeds(learning)
  const run = async (backward: boolean) => {
    await session.run({ ...feeds, do_backward: doBackward(backward) }, () => undefined)
    await engine.idle()
  }
  return {
    forward: () => run(false),
    step: () => run(true),
    values: () => step(session, feeds),
    async close() {
      tf.dispose(feeds)
      await session.dispose()
    },
  }
}
