/** Many steps, and many loads, of a tiny encoder on any engine, with the ledger before, during and after. */
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { quick } from '../../src/learning/recipes'
import { predictAll } from '../../src/learning/selection'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { ZeroShot } from '../../src/methods/zero-shot'
import type { Engine, LedgerSnapshot } from '../../src/runtime/engine'
import { noise, openTiny, SIZE, tinySet } from '../learning/frozen'

const FORMAT = { imageSize: SIZE, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
const ROWS = 4
/** Steps after which every pool of buffers is filled; all kinds of step and reading have been made by then. */
const WARM = 60

export interface ManySteps {
  readonly before: LedgerSnapshot
  /** After the first few steps, and after all of them. */
  readonly warm: LedgerSnapshot
  readonly end: LedgerSnapshot
  /** When all was disposed of. */
  readonly after: LedgerSnapshot
  readonly lastLoss: number
}

/** Learns with checkpoints and validations between, as a run does. */
export async function manySteps(engine: Engine, steps: number): Promise<ManySteps> {
  const before = engine.ledger()
  const classifier = await openTiny(engine, ROWS)
  let i = 0
  const method = new VisualPrompt(classifier, 2, () => 0.1 * noise(i++))
  // 22 images in batches of 6: parts that do not fill their rows, and a smaller batch at the end of each epoch.
  const builder = new BatchBuilder(tinySet(22), FORMAT, ROWS)
  const batches = new TrainingBatches(builder, { batchSize: 6, maxShift: 1, seed: 5 })
  const recipe = { ...quick, steps, batchSize: 6, learningRate: 0.01 }
  const loop = new Loop({ method, batches, recipe, readEvery: 10 })
  let warm: LedgerSnapshot | null = null
  let lastLoss = NaN
  while (!loop.done) {
    const reports = await loop.advance()
    lastLoss = reports.at(-1)?.loss ?? lastLoss
    if (loop.step % 20 === 0) await loop.save()
    if (loop.step % 50 === 0) await predictAll(method, builder, { indices: [0, 1, 2, 3, 4] })
    if (loop.step === WARM) {
      await engine.idle()
      warm = engine.ledger()
    }
  }
  await engine.idle()
  const end = engine.ledger()
  loop.dispose()
  method.dispose()
  await classifier.dispose()
  return { before, warm: warm!, end, after: engine.ledger(), lastLoss }
}

export async function loadAgainAndAgain(engine: Engine, times: number) {
  const before = engine.ledger()
  const during: LedgerSnapshot[] = []
  for (let i = 0; i < times; i++) {
    const classifier = await openTiny(engine, ROWS)
    const zeroShot = new ZeroShot(classifier)
    await predictAll(zeroShot, new BatchBuilder(tinySet(4), FORMAT, ROWS))
    during.push(engine.ledger())
    await classifier.dispose()
  }
  return { before, during, after: engine.ledger() }
}
