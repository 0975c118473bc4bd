/** The lab itself: opening it, the engine it runs on, the frozen model it holds, the samples it offers. */
import { createStore } from 'zustand/vanilla'
import type { Capability, GradientChecked, HubChoice, ModelInfo, ModelSource, SampleInfo } from '../lab/protocol'
import { lab } from './connection'
import { troubleOf, type Trouble } from './trouble'

export type Backend = 'auto' | 'webgpu' | 'wasm'

export interface SessionState {
  readonly phase: 'closed' | 'opening' | 'ready' | 'failed'
  readonly capability: Capability | null
  readonly samples: readonly SampleInfo[]
  readonly model: ModelInfo | null
  /** Of the model now in use; null until its first run. */
  readonly gradientCheck: GradientChecked | null
  /** Share of the model read so far, 0 to 1; null when nothing is loading. */
  readonly modelProgress: number | null
  readonly trouble: Trouble | null
  /** The lab is gone for good: only a reload helps. */
  readonly lost: boolean
}

export const initialSession: SessionState = {
  phase: 'closed',
  capability: null,
  samples: [],
  model: null,
  gradientCheck: null,
  modelProgress: null,
  trouble: null,
  lost: false,
}

export const sessionStore = createStore<SessionState>(() => initialSession)

/**
 * Opens the lab on the best engine and loads a model: the preferred one, or where that cannot be had the embedded one.
 * Resolves true when lab and model stand; failures are kept as trouble.
 * @param preferred the model that was in use the last time
 * @param onMissed hears why it could not be had
 */
export async function openSession(
  backend: Backend,
  embedded: string,
  preferred: () => Promise<HubChoice | null> = () => Promise.resolve(null),
  onMissed: (trouble: Trouble) => void = () => undefined,
): Promise<boolean> {
  sessionStore.setState({ ...initialSession, phase: 'opening' })
  try {
    const { capability, samples } = await lab().call('initialise', { backend })
    sessionStore.setState({ capability, samples, modelProgress: 0 })
    const wanted = await preferred()
    const model = await load(wanted ?? { id: embedded }).catch((error: unknown) => {
      if (!wanted) throw error
      onMissed(troubleOf(error))
      return load({ id: embedded })
    })
    sessionStore.setState({ model, modelProgress: null, phase: 'ready' })
    return true
  } catch (error) {
    failSession(troubleOf(error))
    return false
  }
}

const load = (source: ModelSource) => lab().call('loadModel', source)

/** The worker died. */
export function loseSession(trouble: Trouble): void {
  failSession(trouble)
  sessionStore.setState({ lost: true })
}

export function failSession(trouble: Trouble): void {
  sessionStore.setState({ phase: 'failed', modelProgress: null, trouble })
}

export function onGradientCheck(gradientCheck: GradientChecked): void {
  sessionStore.setState({ gradientCheck })
}

export function showModelProgress(done: number, total: number): void {
  sessionStore.setState({ modelProgress: total > 0 ? Math.min(1, done / total) : 0 })
}
