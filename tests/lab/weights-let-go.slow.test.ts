/** Weights are held once, by the engine: the WASM build. */
import { it } from 'vitest'
import { expectWeightsLetGo } from './let-go'

it('reads weights for each session, and has let them go when it stands', () => expectWeightsLetGo('wasm'))
