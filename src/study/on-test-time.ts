/** Methods of a study that tune pixels for one picture at a time. */
import { freshAdamw } from '../learning/fresh'
import { TestTimeVisualPrompt } from '../methods/test-time-visual'
import { TEST_TIME_VISUAL_SETTINGS } from '../methods/test-time-visual-settings'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'

/** Pictures between two looks at whether it is still wanted. */
const ROWS = 16

/** Nothing is learned ahead. */
export async function openTestTimeVisual(
  bench: StudyBench,
  { label: _, method: __, ...settings }: ContenderOf<'test-time-visual'>,
  { seed }: TrainOptions,
): Promise<Trained> {
  const all = { ...TEST_TIME_VISUAL_SETTINGS, ...settings, seed }
  const method = await TestTimeVisualPrompt.open({
    ...{ engine: bench.engine, frozen: await bench.frozen(), format: bench.model, settings: all },
    optimiser: () => freshAdamw(all),
  })
  return { method, rows: ROWS, steps: 0, chosen: {} }
}
