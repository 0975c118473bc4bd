/** The command about any picture: cut as the model wants it, and its classes, bare and bordered. */
import type { CommandTable, Holdings } from '../holdings'
import { cutPicture, lookAt } from '../look'

export function lookCommands(lab: Holdings): CommandTable<'look'> {
  return {
    look: async ({ picture, mirror, strength, at }) => {
      const [run, model] = [lab.need('run'), lab.need('model')]
      const cut = await cutPicture(picture, mirror, model, lab.platform.decoder)
      return lookAt(run, cut, { strength, ...(at === undefined ? {} : { at }) })
    },
  }
}
