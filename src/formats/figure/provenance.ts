/** What stands below a figure: enough of a run to know its numbers by. */
import type { RunRecord } from '../../records/run-record'

/** Facts in the order in which they are said. */
function factsOf({ border, engine, model, outcome, recipe, seed, task }: RunRecord): readonly string[] {
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)
  const { test, train, val } = task.counts
  const split = task.splitSeed === null ? '' : `, split seed ${task.splitSeed}`
  return [
    `${model.title}, sha256 ${model.sha256.slice(0, 12)}`,
    `${task.title}, fingerprint ${task.fingerprint.slice(0, 12)}: ${total(train)}/${total(val)}/${total(test)} images to learn from, validate, test${split}`,
    model.kind === 'clip' ? `template “${task.template}”` : 'a classifier’s own outputs as the classes',
    `recipe ${recipe.name}`,
    `border ${border} px`,
    `seed ${seed}`,
    engine,
    ...(outcome ? [`best on validation at step ${outcome.bestStep} of ${recipe.steps}`] : []),
  ]
}

export const provenance = (record: RunRecord): string => factsOf(record).join('; ')

/** Of several runs what all share is said once, and of each what it has alone. */
export function provenanceOf(runs: readonly { readonly name: string; readonly record: RunRecord }[]): string {
  const facts = runs.map(({ name, record }) => ({ name, facts: factsOf(record) }))
  const shared = facts[0]!.facts.filter((fact) => facts.every((run) => run.facts.includes(fact)))
  if (facts.length === 1) return `${shared.join('; ')}.`
  const own = facts.map(({ facts, name }) => {
    const rest = facts.filter((fact) => !shared.includes(fact))
    return rest.length === 0 ? '' : ` ${name}: ${rest.join('; ')}.`
  })
  return `${shared.length === 0 ? '' : `All: ${shared.join('; ')}.`}${own.join('')}`.trim()
}
