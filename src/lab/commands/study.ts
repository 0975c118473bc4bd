/** Commands about studies. What only they need is fetched when the first is asked for. */
import { UserError } from '../../errors'
import type { CommandTable, Holdings } from '../holdings'
import type { StudyCommands } from '../protocol-study'
import type { Studies } from '../study'

export function studyCommands(lab: Holdings): CommandTable<keyof StudyCommands> {
  let fetched: Promise<Studies> | null = null
  const studies = () =>
    (fetched ??= import('../study').then(
      ({ Studies: Fetched }) => new Fetched(lab),
      (cause: unknown) => {
        fetched = null
        throw new UserError(
          'The part of this page that measures methods could not be fetched.',
          'Check the network, then try once more: nothing is lost, and the page need not be reloaded.',
          { cause },
        )
      },
    ))
  return {
    study: async (asked) => {
      await (await studies()).begin(asked)
      return {}
    },
    stopStudy: async () => {
      await lab.study?.stop()
      return {}
    },
    studyReport: async (asked) => (await studies()).report(asked),
    studyFile: async ({ kind, ...asked }) => (await studies()).file(asked, kind),
  }
}
