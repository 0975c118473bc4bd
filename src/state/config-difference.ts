/** In what the configurations of runs differ: recipe, seed, model, images, engine, field by field. Pure. */
import { engineTitle, taskTitle } from '../i18n/names'
import { shortSha } from '../i18n/format'
import type { RunRecord } from '../records/run-record'

export interface ConfigDifference {
  /** The field as files name it, e.g. `optimiser.beta1`. */
  readonly field: string
  /** One a run, in their order; a dash where a run has no such field. */
  readonly values: readonly string[]
}

/** Fields whose values are not all the same, in the order of the first run's fields. */
export function configDifferences(records: readonly RunRecord[]): readonly ConfigDifference[] {
  const configs = records.map(configOf)
  const fields = [...new Set(configs.flatMap((config) => [...config.keys()]))]
  return fields
    .map((field) => ({ field, values: configs.map((config) => config.get(field) ?? '\u2013') }))
    .filter(({ values }) => new Set(values).size > 1)
}

function configOf({ recipe, seed, model, task, engineDescription, outputs, kind }: RunRecord): Map<string, string> {
  const { version: _, ...fields } = recipe
  return new Map([
    ['model', `${model.title}${model.variant ? ` ${model.variant}` : ''} (${shortSha(model.sha256)})`],
    ['images', `${taskTitle(task)} (${shortSha(task.fingerprint)})`],
    ...(outputs === null ? [['template', task.template] as const] : [['outputs', outputs.join(', ')] as const]),
    ['seed', String(seed)],
    ['kind', kind],
    ...flat('', fields),
    ['engine', engineTitle(engineDescription)],
  ])
}

function flat(prefix: string, value: object): (readonly [string, string])[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null
      ? flat(`${prefix}${name}.`, inner)
      : [[`${prefix}${name}`, String(inner)] as const],
  )
}
