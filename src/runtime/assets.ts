/**
 * Where the runtimes' own files (.wasm and their loaders) lie: URLs in a browser, file paths in Node; nothing is ever
 * fetched from elsewhere.
 *
 * `new URL('package/file', import.meta.url)` is how Vite is told to emit a package's file as an asset and give its
 * hashed URL. In Node the same expression means nothing, so there the package is asked through `require.resolve`.
 */

const node =
  typeof process !== 'undefined' && typeof process.versions?.node === 'string' && typeof window === 'undefined'

/** True in Node, false in pages and workers. */
export const isNode: boolean =
  node && typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope === 'undefined'

export interface OrtFiles {
  readonly mjs: string
  readonly wasm: string
}

/** Path of a file inside an installed package. */
function packageFile(specifier: string): string {
  const { createRequire } = process.getBuiltinModule('node:module')
  return createRequire(import.meta.url).resolve(specifier)
}

function fileUrl(path: string): string {
  return process.getBuiltinModule('node:url').pathToFileURL(path).href
}

/** ONNX Runtime without WebGPU: the smallest build, for the WASM engine. */
export function ortWasmFiles(): OrtFiles {
  if (isNode) {
    return {
      mjs: fileUrl(packageFile('onnxruntime-web/ort-wasm-simd-threaded.mjs')),
      wasm: fileUrl(packageFile('onnxruntime-web/ort-wasm-simd-threaded.wasm')),
    }
  }
  return {
    mjs: new URL('onnxruntime-web/ort-wasm-simd-threaded.mjs', import.meta.url).href,
    wasm: new URL('onnxruntime-web/ort-wasm-simd-threaded.wasm', import.meta.url).href,
  }
}

/** ONNX Runtime with WebGPU, for browsers with JavaScript Promise Integration. */
export function ortJspiFiles(): OrtFiles {
  return {
    mjs: new URL('onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs', import.meta.url).href,
    wasm: new URL('onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm', import.meta.url).href,
  }
}

/** ONNX Runtime with WebGPU, for all other browsers. */
export function ortAsyncifyFiles(): OrtFiles {
  return {
    mjs: new URL('onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs', import.meta.url).href,
    wasm: new URL('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm', import.meta.url).href,
  }
}

/** tfjs's WASM backend: its three builds by the names it asks for. */
export function tfjsWasmFiles(): Record<TfjsWasmFile, string> {
  if (isNode) {
    return {
      'tfjs-backend-wasm.wasm': packageFile('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'),
      'tfjs-backend-wasm-simd.wasm': packageFile('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'),
      'tfjs-backend-wasm-threaded-simd.wasm': packageFile(
        '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
      ),
    }
  }
  return {
    'tfjs-backend-wasm.wasm': new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url)
      .href,
    'tfjs-backend-wasm-simd.wasm': new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
      import.meta.url,
    ).href,
    'tfjs-backend-wasm-threaded-simd.wasm': new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
      import.meta.url,
    ).href,
  }
}
export type TfjsWasmFile =
  'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm'
