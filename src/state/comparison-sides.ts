/** What is compared with what: answers of runs, as the address names them; and why two sets of answers cannot be compared. */
import { recipeTitle, taskTitle } from '../i18n/names'
import { t } from '../i18n/t'
import type { RunRecord } from '../records/run-record'
import type { Trouble } from './trouble'

export type AnswersOf = 'zeroShot' | 'prompted'

export interface Side {
  /** Id of a run. */
  readonly run: string
  readonly answers: AnswersOf
}

export interface Sides {
  readonly before: Side
  readonly after: Side
}

/** `run:zeroShot`; a run alone stands for its border. */
export const formatSide = ({ run, answers }: Side): string => (answers === 'prompted' ? run : `${run}:zeroShot`)

function parseSide(text: string): Side {
  const run = text.replace(/:zeroShot$/, '')
  return { run, answers: run === text ? 'prompted' : 'zeroShot' }
}

/** `a=<run>`: zero-shot against its border; `a=...&b=...`: any two. Null where the address names none. */
export function sidesOf(query: URLSearchParams): Sides | null {
  const [a, b] = [query.get('a'), query.get('b')]
  if (!a) return null
  if (!b) return { before: { ...parseSide(a), answers: 'zeroShot' }, after: { ...parseSide(a), answers: 'prompted' } }
  return { before: parseSide(a), after: parseSide(b) }
}

/** The address's words for it, to be set in its query. */
export function queryOf({ before, after }: Sides): { readonly a: string; readonly b: string | null } {
  const alone = before.run === after.run && before.answers === 'zeroShot' && after.answers === 'prompted'
  return alone ? { a: before.run, b: null } : { a: formatSide(before), b: formatSide(after) }
}

export function runName({ name, recipe, seed, task, kind }: RunRecord): string {
  if (name !== null) return name
  return t(kind === 'transfer' ? 'runs.name.transfer' : 'runs.name', {
    task: taskTitle(task),
    recipe: recipeTitle(recipe.name),
    seed,
  })
}

/** Names differ where two runs are in it. */
export function sideTitle({ answers }: Side, record: RunRecord, several: boolean): string {
  const what =
    answers === 'prompted'
      ? t('result.prompted')
      : t(record.model.kind === 'classifier' ? 'curves.frozen' : 'result.zeroShot')
  return several ? t('compare.side.of', { what, run: runName(record) }) : what
}

/** Why two runs' answers say nothing about each other; null where they were given to the same images. */
export function whyNotComparable({ task: a }: RunRecord, { task: b }: RunRecord): Trouble | null {
  if (a.fingerprint === b.fingerprint) return null
  const remedy = t('compare.refused.remedy')
  const names = (task: RunRecord['task']) => task.classes.map(({ folder }) => folder).join('\n')
  if (names(a) !== names(b)) return { message: t('compare.refused.classes'), remedy }
  if (a.imageSize !== b.imageSize)
    return { message: t('compare.refused.size', { a: a.imageSize, b: b.imageSize }), remedy }
  if (a.splitSeed !== b.splitSeed) return { message: t('compare.refused.split'), remedy }
  return { message: t('compare.refused.pictures'), remedy }
}
