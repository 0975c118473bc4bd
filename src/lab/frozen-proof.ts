/** The proof that the frozen model stayed frozen: its answers, and the sha256 of its bytes. */
import { UserError } from '../errors'
import type { ImageSet } from '../data/task'
import { predictAll } from '../learning/selection'
import type { Learner } from '../learning/learner'
import type { RunDevice } from './run-options'

/** The largest change of a logit that engines are allowed from one run of the graph to the next. */
const MOST_DRIFT = 1e-3

/**
 * @param before logits of these images before anything was learned
 * @throws Error where the model now answers otherwise
 */
export async function checkAnswers(
  learner: Learner,
  set: ImageSet,
  indices: readonly number[],
  before: Float32Array,
): Promise<void> {
  const some = indices.slice(0, learner.classifier.batchSize)
  const now = await predictAll(learner.zeroShot, learner.builder(set), { indices: some })
  const drift = now.reduce((worst, value, i) => Math.max(worst, Math.abs(value - before[i]!)), 0)
  if (!(drift < MOST_DRIFT)) throw new Error(`the frozen model's logits moved by ${drift} while the prompt was learned`)
}

/** Empty where the model's files are gone: what was learned is not lost for that. */
export async function hashAfter({ classifier }: Learner, device: RunDevice): Promise<string> {
  try {
    return await classifier.hashFrozen()
  } catch (error) {
    if (error instanceof UserError && !(await device.faultOf(error))) return ''
    throw error
  }
}
