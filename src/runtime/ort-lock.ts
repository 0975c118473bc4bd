/**
 * One mutex around every create, run and release of one ONNX Runtime in this thread.
 *
 * The WebAssembly builds are not re-entrant: two runs at once crash the page, a create beside a run fails or hangs
 * (onnxruntime #32561; transformers.js serialises for the same reason). A chain of promises is all it takes. Each build is
 * a program of its own, so one that never answers again (its device is gone) does not hold up another.
 */
const tails = new WeakMap<object, Promise<unknown>>()

/** @param ort the ONNX Runtime, by whatever object stands for it */
export function withOrtLock<T>(ort: object, work: () => Promise<T>): Promise<T> {
  const result = (tails.get(ort) ?? Promise.resolve()).then(work)
  tails.set(
    ort,
    result.catch(() => undefined),
  )
  return result
}
