/** How far the accuracies are from mere guessing, and what this model can know of such pictures at all. */
import { useStore } from 'zustand'
import { beatsGuessing, guessing } from '../../evaluation/guessing'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { RunResult } from '../../lab/protocol'
import { sessionStore } from '../../state/session'
import { taskStore } from '../../state/task'
import { Term } from '../visuals/Term'
import css from './Result.module.css'

export function Guessing({ result }: { readonly result: RunResult }) {
  const info = useStore(taskStore, (s) => s.info)
  const own = useStore(taskStore, (s) => s.choice?.kind === 'own')
  const model = useStore(sessionStore, (s) => s.model)
  const guesses = info && guessing(info.counts.test)
  if (!guesses) return null
  const { largest, largestClass, random } = guesses
  const known = beatsGuessing(guesses, result.zeroShot.ci95)
  const learned = beatsGuessing(guesses, result.prompted.ci95)
  const says = learned
    ? known
      ? null
      : t(result.mapping ? 'result.guessing.unknown.classifier' : 'result.guessing.unknown')
    : t('result.guessing.nothing')
  return (
    <p className={css.guessing} data-testid="guessing" data-known={known} data-learned={learned}>
      <Term of="glossary.guessing">
        {t('result.guessing', {
          random: percent(random),
          name: info.classes[largestClass]?.name ?? '',
          largest: percent(largest),
        })}
      </Term>{' '}
      {says}
      {own && model?.origin === 'embedded' && ` ${t('result.guessing.embedded', { title: model.title })}`}
    </p>
  )
}
