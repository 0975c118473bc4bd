/** A graph file of a model folder, with the files that its weights lie in, which are looked for beside it. */
import { UserError } from '../errors'
import type { OnnxModel } from '../onnx/model'
import { readModel } from '../onnx/read'
import type { ModelFiles } from './files'

/** @throws UserError naming the file when it is damaged, or its weights are missing */
export async function readGraph(files: ModelFiles, bytes: Uint8Array, file: string): Promise<OnnxModel> {
  const folder = file.slice(0, file.lastIndexOf('/') + 1)
  try {
    return await readModel(bytes, (location) => files.read(folder + location))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(`${file} of the model "${files.name}": ${error.message}`, error.remedy, { cause: error })
  }
}
