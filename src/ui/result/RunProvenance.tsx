/** What the numbers of a kept run depend on, always beside them: model, images, template (a classifier's outputs), splits, seed, recipe. */
import { count, shortSha } from '../../i18n/format'
import { engineTitle, recipeTitle, taskTitle } from '../../i18n/names'
import { t } from '../../i18n/t'
import type { RunRecord } from '../../records/run-record'
import { FactLines } from './FactLines'

const sum = (counts: readonly number[]) => counts.reduce((total, n) => total + n, 0)

export function RunProvenance({ record }: { readonly record: RunRecord }) {
  const { model, task, recipe, outcome } = record
  const split = task.splitSeed === null ? t('classes.split.own') : t('classes.split.seeded', { seed: task.splitSeed })
  const images = t('result.provenance.images.value', {
    train: count(sum(task.counts.train)),
    val: count(sum(task.counts.val)),
    test: count(sum(task.counts.test)),
  })
  const variant = model.variant ? ` · ${model.variant}` : ''
  const lines: readonly (readonly [string, string])[] = [
    [t('result.provenance.model'), `${model.title}${variant} · sha256 ${shortSha(model.sha256)}`],
    [t('result.provenance.task'), `${taskTitle(task)} · sha256 ${shortSha(task.fingerprint)}`],
    record.outputLabels
      ? [t('result.provenance.mapping'), record.outputLabels.join(', ')]
      : [t('result.provenance.template'), task.template],
    [t('result.provenance.images'), `${images}. ${split}`],
    [t('result.provenance.seed'), String(record.seed)],
    [
      t('result.provenance.recipe'),
      outcome
        ? t(record.kind === 'transfer' ? 'result.provenance.recipe.transfer' : 'result.provenance.recipe.value', {
            ...{ name: recipeTitle(recipe.name), best: count(outcome.bestStep), steps: count(record.step) },
          })
        : t('runs.provenance.recipe', {
            name: recipeTitle(recipe.name),
            step: count(record.step),
            steps: count(recipe.steps),
          }),
    ],
    [t('runs.provenance.engine'), engineTitle(record.engineDescription)],
  ]
  return <FactLines lines={lines} testId="run-provenance" />
}
