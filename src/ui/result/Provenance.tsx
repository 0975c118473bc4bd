/** Beside the numbers, always: model, task, template (a classifier's outputs), splits, seed, recipe, time. */
import { useStore } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import { count, duration, percent, shortSha } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { RunResult } from '../../lab/protocol'
import { runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { taskStore } from '../../state/task'
import { FactLines } from './FactLines'

export function Provenance({ result }: { readonly result: RunResult }) {
  const info = useStore(taskStore, (s) => s.info)
  const { recipeName } = useStore(
    runStore,
    useShallow(({ recipeName }) => ({ recipeName })),
  )
  const model = useStore(sessionStore, (s) => s.model)
  const check = useStore(sessionStore, (s) => (s.gradientCheck?.model === result.model ? s.gradientCheck : null))
  const engine = useStore(sessionStore, (s) => s.capability?.description ?? result.engine)
  const images = (split: 'train' | 'val' | 'test') => count(info?.counts[split].reduce((sum, n) => sum + n, 0) ?? 0)
  const lines: readonly (readonly [string, string])[] = [
    [t('result.provenance.model'), `${model?.title ?? result.model} · sha256 ${shortSha(model?.sha256 ?? '')}`],
    [t('result.provenance.task'), info?.title ?? ''],
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
      t('result.provenance.recipe.value', {
        name: t(`recipe.${recipeName}`),
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
      t('result.provenance.time.value', {
        seconds: duration(result.seconds),
        perStep: Math.round(result.secondsPerStep * 1000),
        engine,
      }),
    ],
  ]
  return <FactLines lines={lines} testId="provenance" />
}
