/**
 * tfjs as the whole program uses it: core, with every gradient and every chained method registered.
 *
 * tfjs-core alone registers no gradients, so everyone imports `tf` from here and never from the package. Backends are
 * set by the engines (`tfjs-wasm.ts`, `tfjs-webgpu.ts`); on WASM and in Node the learned side runs on tfjs's WASM
 * backend (docs/decisions/tfjs-backend.md).
 */
// Core comes first: registering a gradient reads flags that core's own entry defines.
import { engine } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'

export * as tf from '@tensorflow/tfjs-core'

/** Tensors alive. Unlike `tf.memory()` it needs no backend, so it can be asked after the last one has gone. */
export const tensorCount = (): number => engine().state.numTensors
