/**
 * Where the runtimes' own files (.wasm and their loaders) lie: URLs in a browser, file paths in Node; nothing is ever
 * fetched from elsewhere.
 *
 * `new URL('package/file', import.meta.url)` is how Vite is told to emit a package's file as an asset and give its
 * hashed URL. In Node the same expression means nothing, so there the package is asked through `require.resolve`.
 */

/** True in Node, false in pages and workers. */
export const isNode: boolean = typeof process !== 'undefined' && typeof process.versions?.node === 'string'

export interface OrtFiles {
  readonly mjs: string
  readonly wasm: string
}

/** `require` of this place: finds installed packages and their files. Node only. */
export function nodeRequire(): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)
}

/** ONNX Runtime without WebGPU: the smallest build, for the WASM engine in browsers. */
export function ortWasmFiles(): OrtFiles {
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

/** With JavaScript Promise Integration the build with WebGPU is smaller and its calls are cheaper. */
export const hasPromiseIntegration = (): boolean => 'Suspending' in WebAssembly

/** ONNX Runtime with WebGPU, the build for this browser. */
export const ortWebGpuFiles = (): OrtFiles => (hasPromiseIntegration() ? ortJspiFiles() : ortAsyncifyFiles())

/** Addresses of the large files that an engine needs before its first run is over. */
export function engineFiles(kind: 'webgpu' | 'wasm'): readonly string[] {
  const { mjs, wasm } = kind === 'webgpu' ? ortWebGpuFiles() : ortWasmFiles()
  return [mjs, wasm, tfjsWasmFile()]
}

/** tfjs's WASM backend, the SIMD build: ONNX Runtime needs SIMD too, so every browser that comes this far has it. */
export function tfjsWasmFile(): string {
  if (isNode) return nodeRequire().resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm')
  return new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url).href
}
