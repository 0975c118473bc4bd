/** Beside the numbers, always: model, task, template (a classifier's outputs), splits, seed, recipe, time. */
import { useStore } from 'zustand'
import { count, duration, percent, shortSha } from '../../i18n/format'
import { engineTitle, recipeTitle, taskTitle } from '../../i18n/names'
import { sampleText, t } from '../../i18n/t'
import type { RunResult } from '../../lab/protocol'
import { runStore } from '../../state/run'
import { openRunStore } from '../../state/runs'
import { sessionStore } from '../../state/session'
import { taskStore } from '../../state/task'
import { FactLines } from './FactLines'

export function Provenance({ result }: { readonly result: RunResult }) {
  const info = useStore(taskStore, (s) => s.info)
  // What is loaded now may be another model and other pictures than those of a run that is looked at again.
  const record = useStore(openRunStore, (s) => s.record)
  const chosen = useStore(runStore, (s) => s.recipeName)
  const loaded = useStore(sessionStore, (s) => s.model)
  const model = record?.model ?? loaded
  const task = record?.task ?? info
  const transferred = record?.kind === 'transfer'
  const check = useStore(sessionStore, (s) => (s.gradientCheck?.model === result.model ? s.gradientCheck : null))
  const running = useStore(sessionStore, (s) => s.capability?.description ?? result.engine)
  const images = (split: 'train' | 'val' | 'test') => count(task?.counts[split].reduce((sum, n) => sum + n, 0) ?? 0)
  const lines: readonly (readonly [string, string])[] = [
    [t('result.provenance.model'), `${model?.title ?? result.model} · sha256 ${shortSha(model?.sha256 ?? '')}`],
    [
      t('result.provenance.task'),
      record ? taskTitle(record.task) : info ? sampleText(info.id, 'title', info.title) : '',
    ],
    result.mapping
      ? [t('result.provenance.mapping'), result.mapping.labels.join(', ')]
      : [t('result.provenance.template'), result.template ?? ''],
    [
      t('result.provenance.images'),
      t('result.provenance.images.value', { train: images('train'), val: images('val'), test: images('test') }),
    ],
    [t('result.provenance.seed'), String(result.seed)],
    [
      t('result.provenance.recipe'),
      t(transferred ? 'result.provenance.recipe.transfer' : 'result.provenance.recipe.value', {
        name: recipeTitle(record?.recipe.name ?? chosen),
        best: count(result.bestStep),
        steps: count(result.steps),
      }),
    ],
    ...(check
      ? [
          [
            t('result.provenance.gradient'),
            t('result.provenance.gradient.value', { off: percent(check.alongGradient, 2) }),
          ] as const,
        ]
      : []),
    [
      t('result.provenance.time'),
      t(transferred ? 'result.provenance.time.transfer' : 'result.provenance.time.value', {
        seconds: duration(result.seconds),
        perStep: Math.round(result.secondsPerStep * 1000),
        engine: engineTitle(record?.engineDescription ?? running),
      }),
    ],
  ]
  return <FactLines lines={lines} testId="provenance" />
}
