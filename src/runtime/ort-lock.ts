/**
 * One mutex around every ONNX Runtime create and run in this thread.
 *
 * The WebAssembly builds are not re-entrant: two runs at once crash the page, a create beside a run fails or hangs
 * (onnxruntime #32561; transformers.js serialises for the same reason). A chain of promises is all it takes.
 */
let tail: Promise<unknown> = Promise.resolve()

export function withOrtLock<T>(work: () => Promise<T>): Promise<T> {
  const result = tail.then(work)
  tail = result.catch(() => undefined)
  return result
}
