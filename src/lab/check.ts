/** "Check this model", as the page asks for it: the picture's file, and the model in use on the engine in use. */
import type { Decoder } from '../data/decode'
import { UserError } from '../errors'
import { selfCheck, type SelfCheck } from '../methods/self-check'
import type { FrozenModel } from '../models/frozen-model'
import type { Workbench } from './workbench'

/** @throws UserError where nothing was published for the model, or the picture is another */
export async function checkModel(
  bench: Workbench,
  model: FrozenModel,
  decoder: Decoder,
  file: Blob,
): Promise<SelfCheck> {
  if (model.kind !== 'clip')
    throw new UserError(`"${model.name}" is no CLIP.`, 'Answers were published for CLIPs only.')
  const bytes = new Uint8Array(await file.arrayBuffer())
  return selfCheck(await bench.engine(), model, decoder, bytes)
}
