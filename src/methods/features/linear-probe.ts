/**
 * Linear probe: logistic regression on the frozen encoder's features (Radford et al. 2021, section 3.2 and appendix A.3), C
 * chosen on validation. Of an image classifier the features are its logits.
 *
 * Legend: N pictures, D width of a feature, C classes.
 */
import type { Engine } from '../../runtime/engine'
import { sweep, SWEEP_FITS, type SweptValue } from './c-sweep'
import { isBetterScore, scoreOf, type FeatureTask, type Score } from './feature-task'
import { normalisedRows } from './image-features'
import { linearLogits, type LinearClassifier } from './linear-logits'
import type { LinearProbeSettings } from './linear-probe-settings'
import { LogisticRegression, type LogisticFit } from './logistic-regression'
import type { Batch, FitOptions, FittedMethod, NamedTensors } from '../method'
import { requireTensor } from '../saved-tensors'

/** One value of C and what came of it. */
export interface TriedC {
  readonly c: number
  /** On validation. */
  readonly score: Score
  readonly iterations: number
  /** False where the fit ended at the most iterations. */
  readonly converged: boolean
}

interface Attempt extends TriedC {
  readonly fit: LogisticFit
}

export class LinearProbe implements FittedMethod {
  readonly id = 'linear-probe'
  readonly parameterCount: number
  #model: LinearClassifier | null = null
  #tried: readonly TriedC[] = []

  /** @param width D */
  constructor(
    private readonly engine: Engine,
    private readonly task: FeatureTask,
    private readonly width: number,
    private readonly settings: LinearProbeSettings,
  ) {
    this.parameterCount = (width + 1) * task.classes
  }

  /** Values of C that were tried, the chosen one first; of the last fit. */
  get tried(): readonly TriedC[] {
    return this.#tried
  }

  async fit({ onProgress, signal }: FitOptions = {}): Promise<void> {
    const { task, settings } = this
    const encode = signal ? { signal } : {}
    const train = this.#prepare((await task.features.of(task.train, encode)).values)
    const val = this.#prepare((await task.features.of(task.val, encode)).values)
    const { maxIterations, tolerance, retrainOnValidation } = settings
    const total = (settings.c === 'sweep' ? SWEEP_FITS : 1) + Number(retrainOnValidation)
    let done = 0

    const regression = await LogisticRegression.open(this.engine, train, task.train.labels, task.classes)
    let found: readonly [SweptValue<Attempt>, ...SweptValue<Attempt>[]]
    try {
      const attempt = async (c: number, nearest: Attempt | null): Promise<Attempt> => {
        const start = nearest?.fit.minimum
        const fit = await regression.fit({ c, maxIterations, tolerance, start, signal })
        const score = scoreOf(await linearLogits(fit, val), task.val.labels, task.classes)
        onProgress?.(++done, total)
        const { iterations, ended } = fit.minimum
        return { c, fit, score, iterations, converged: ended !== 'iterations' }
      }
      found =
        settings.c === 'sweep'
          ? await sweep(
              (exponent, nearest) => attempt(10 ** exponent, nearest),
              (one, best) => isBetterScore(one.score, best.score),
            )
          : [{ exponent: Math.log10(settings.c), found: await attempt(settings.c, null) }]
    } finally {
      await regression.dispose()
    }
    const chosen = found[0].found
    // Fits that did not come to their end count among those done: near the edges of the range there are fewer.
    if (!retrainOnValidation) onProgress?.(total, total)
    const model = retrainOnValidation ? await this.#retrain([train, val], chosen, signal) : chosen.fit
    if (retrainOnValidation) onProgress?.(total, total)
    this.#tried = found.map(({ found: { c, score, iterations, converged } }) => ({ c, score, iterations, converged }))
    this.#model = { weights: model.weights, bias: model.bias }
  }

  async predict(batch: Batch): Promise<Float32Array> {
    if (!this.#model) throw new Error('the linear probe has not been fitted')
    return linearLogits(this.#model, this.#prepare(await this.task.features.ofBatch(batch)))
  }

  save(): NamedTensors {
    if (!this.#model) throw new Error('the linear probe has not been fitted')
    const { weights, bias } = this.#model
    return {
      weights: { dims: [this.width, this.task.classes], data: weights },
      bias: { dims: [this.task.classes], data: bias },
    }
  }

  load(saved: NamedTensors): void {
    const { width, task } = this
    this.#model = {
      weights: requireTensor(saved, 'weights', [width, task.classes]),
      bias: requireTensor(saved, 'bias', [task.classes]),
    }
    this.#tried = []
  }

  dispose(): void {
    this.#model = null
  }

  #prepare(values: Float32Array): Float32Array {
    return this.settings.features === 'normalised' ? normalisedRows(values, this.width) : values
  }

  async #retrain(parts: readonly Float32Array[], { c }: Attempt, signal?: AbortSignal): Promise<LogisticFit> {
    const { task, settings } = this
    const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
    values.set(parts[0]!)
    values.set(parts[1]!, parts[0]!.length)
    const labels = Uint16Array.from([...task.train.labels, ...task.val.labels])
    const regression = await LogisticRegression.open(this.engine, values, labels, task.classes)
    try {
      const { maxIterations, tolerance } = settings
      return await regression.fit({ c, maxIterations, tolerance, signal })
    } finally {
      await regression.dispose()
    }
  }
}
