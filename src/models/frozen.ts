/**
 * The proof that a frozen model stayed frozen: sha256 of the bytes that learning runs on, before it and after it.
 *
 * Before: the files as they were read and given to the engine (`readFrozen` holds them against what was loaded). After: the
 * files read once more, and wherever an engine lets its copy be read, the weights' bytes as they lie on the device in place
 * of the files' own. ONNX Runtime's copy cannot be read; that nothing wrote into it follows from the graph: weights are
 * initializers, and no ONNX operator assigns to one.
 */
import { createSHA256 } from 'hash-wasm'
import type { ModelFile } from '../onnx/model'
import type { Session, WeightPiece } from '../runtime/engine'
import type { FrozenGraph } from './frozen-graph'

/**
 * sha256, hex, of a graph's files in their order; of one file, what `sha256sum` prints for it.
 * @param session that was made of them
 */
export async function hashFrozen(frozen: FrozenGraph, session: Session): Promise<string> {
  const files = await frozen.readFiles()
  const hash = await createSHA256()
  let [file, at] = [0, 0]
  /** Takes the files' own bytes up to a place. */
  const upTo = (nextFile: number, offset: number) => {
    for (; file < nextFile; file++, at = 0) hash.update(files[file]!.data.subarray(at))
    hash.update(files[file]!.data.subarray(at, offset))
    at = offset
  }
  for await (const piece of session.weights?.() ?? []) {
    const where = indexOf(files, piece)
    // Two names of one place: it has been read.
    if (where < file || (where === file && piece.offset < at)) continue
    upTo(where, piece.offset)
    hash.update(piece.bytes)
    at += piece.bytes.byteLength
  }
  upTo(files.length - 1, files.at(-1)!.data.byteLength)
  return hash.digest('hex')
}

function indexOf(files: readonly ModelFile[], { path }: WeightPiece): number {
  const index = files.findIndex((file) => file.path === path)
  if (index < 0) throw new Error(`the session holds weights of ${path}, which is no file of the model`)
  return index
}
