/** Weights are held once, by the engine; of the fused engine see tests/runtime/fused/weights.test.ts. */
import { it } from 'vitest'
import { expectWeightsLetGo } from './let-go'

it.each(['cpu', 'wasm'] as const)(
  'a lab on %s reads weights for each session, and has let them go when it stands',
  (engine) => expectWeightsLetGo(engine),
  120_000,
)
