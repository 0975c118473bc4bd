/**
 * No run goes by a gradient that is not the slope of its loss: before a model's first run on an engine its gradient is
 * checked on the task's own pictures, and what was found is told. Once in a session is enough.
 */
import type { Task } from '../data/task'
import { Random } from '../data/random'
import { UserError } from '../errors'
import { BatchBuilder } from '../learning/batches'
import { borderWidth, type Recipe } from '../learning/recipe'
import type { Classifier } from '../methods/classifier'
import { checkGradient, type GradientCheck } from '../methods/gradient-check'
import { VisualPrompt } from '../methods/visual-prompt'
import type { FrozenModel } from '../models/frozen-model'
import type { EngineKind } from '../runtime/engine'
import { pickEvenly } from '../data/pick-evenly'
import type { LabEvent } from './protocol'
import type { RunDevice } from './run-options'

export interface Checked {
  readonly device: RunDevice
  readonly rows: number
  readonly model: FrozenModel
  readonly task: Task
  readonly recipe: Recipe
  readonly engine: EngineKind
}

/** Deviation of the border that the gradient is checked at, normalised pixel units: not the zeros that learning begins with. */
const BORDER = 0.1

export class GradientGuard {
  readonly #passed = new Set<string>()

  constructor(
    private readonly emit: (event: LabEvent) => void,
    private readonly check: typeof checkGradient = checkGradient,
  ) {}

  /**
   * Checks, unless this model passed on this engine before.
   * @throws UserError when the gradient is wrong
   */
  async require(what: Checked): Promise<void> {
    const { device, engine, model } = what
    const key = `${engine} ${model.sha256}`
    if (this.#passed.has(key)) return
    let found: GradientCheck
    try {
      found = await this.#find(what)
    } catch (error) {
      // A lost device or a full memory is the run's to deal with; the check comes before the next one.
      if (await device.faultOf(error)) return
      throw error
    }
    this.emit({ type: 'gradientCheck', model: model.name, ...found })
    if (!found.pass) throw wrong(model.name, found)
    this.#passed.add(key)
  }

  async #find({ device, model, recipe, rows, task }: Checked): Promise<GradientCheck> {
    const classifier: Classifier = await device.open(rows, null)
    const set = task.splits.train
    const [batch] = new BatchBuilder(set, model, classifier.batchSize).inOrder(pickEvenly(set, classifier.batchSize))
    const random = new Random(1)
    const method = new VisualPrompt(classifier, borderWidth(recipe, model.imageSize), () => BORDER * random.normal())
    try {
      return await this.check(method, batch!)
    } finally {
      method.dispose()
    }
  }
}

function wrong(model: string, { worstRelative }: GradientCheck): UserError {
  const off = Number.isFinite(worstRelative) ? `it is off by ${Math.round(100 * worstRelative)} %` : 'it has none'
  return new UserError(
    `The gradient of "${model}" is not the slope of its loss here (${off}), so nothing right could be learned.`,
    'Take another export of the model (float32 is safest) or another engine, and please report it.',
  )
}
