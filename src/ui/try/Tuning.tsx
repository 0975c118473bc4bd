/**
 * Test-time prompt tuning of the picture that is looked at: its views and which of them were kept, the entropy and the answers
 * before and after.
 */
import { useEffect } from 'react'
import { Button, ProgressBar, ToggleButton } from 'react-aria-components'
import { useStore } from 'zustand'
import { count, duration } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { TuningAnswer } from '../../lab/protocol-tuning'
import { lookStore } from '../../state/look'
import { isActive, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { isStudying, studyStore } from '../../state/study-store'
import { taskStore } from '../../state/task'
import {
  cancelTuning,
  dismissTuningTrouble,
  followTuning,
  setAugmix,
  tunePicture,
  tuningStore,
  type TuningState,
} from '../../state/tuning'
import { Alert } from '../common/Alert'
import { Bars } from '../stage/Probabilities'
import { Picture } from '../visuals/Picture'
import tryCss from './TryView.module.css'
import css from './Tuning.module.css'

const CLASSES = 5

export function Tuning() {
  useEffect(followTuning, [])
  const source = useStore(lookStore, (s) => s.source)
  const kind = useStore(sessionStore, (s) => s.model?.kind)
  const hasTask = useStore(taskStore, (s) => s.info !== null)
  const { answer, augmix, progress, trouble } = useStore(tuningStore)
  const hindrance = useHindrance()
  if (source !== 'picture' || !hasTask) return null
  return (
    <section className={css.tuning} aria-labelledby="tune-heading" data-testid="tune">
      <h2 id="tune-heading" className={css.heading}>
        {t('tune.heading')}
      </h2>
      {kind === 'clip' ? (
        <>
          <p className={tryCss.note}>{t('tune.about')}</p>
          {progress ? (
            <Progress {...progress} />
          ) : (
            <div className={tryCss.sources}>
              <Button
                className={tryCss.button}
                isDisabled={hindrance !== null}
                onPress={() => void tunePicture()}
                data-testid="tune-begin"
              >
                {t(answer ? 'tune.again' : 'tune.begin')}
              </Button>
              <ToggleButton
                className={tryCss.toggle}
                isSelected={augmix}
                onChange={setAugmix}
                aria-describedby="tune-augmix-about"
              >
                {t('tune.augmix')}
              </ToggleButton>
              <p id="tune-augmix-about" className={tryCss.note}>
                {t('tune.augmix.about')}
              </p>
            </div>
          )}
          {hindrance && <p className={tryCss.note}>{hindrance}</p>}
          {trouble && <Alert trouble={trouble} onDismiss={dismissTuningTrouble} />}
          {answer && <Found answer={answer} />}
        </>
      ) : (
        <p className={tryCss.note}>{t('tune.needsClip')}</p>
      )}
    </section>
  )
}

/** What else is at work on the engine; null where it is free. */
function useHindrance(): string | null {
  const status = useStore(runStore, (s) => s.status)
  const studying = useStore(studyStore, isStudying)
  if (studying) return t('tune.busy.study')
  return isActive(status) && status !== 'paused' ? t('tune.busy') : null
}

function Progress({ stage, done, total }: NonNullable<TuningState['progress']>) {
  return (
    <div className={css.progress}>
      <ProgressBar
        className={css.line}
        aria-label={t('tune.progress')}
        value={done}
        maxValue={Math.max(1, total)}
        valueLabel={t(`tune.stage.${stage}`)}
      >
        {({ percentage }) => <span style={{ transform: `scaleX(${(percentage ?? 0) / 100})` }} />}
      </ProgressBar>
      <p className={tryCss.note}>{t(`tune.stage.${stage}`)}</p>
      <Button className={tryCss.button} onPress={cancelTuning} data-testid="tune-cancel">
        {t('tune.cancel')}
      </Button>
    </div>
  )
}

const nats = (entropy: number): string => entropy.toFixed(2)

function Found({ answer }: { readonly answer: TuningAnswer }) {
  const { after, before, entropyAfter, entropyBefore, kept, ownTemplate, seconds, sentence, views } = answer
  const said = { sentence: sentence.replace('{}.', '…'), time: duration(seconds) }
  return (
    <div className={css.found} data-testid="tune-found">
      <div className={tryCss.answers}>
        <Bars title={t('tune.before')} values={before} label={null} count={CLASSES} />
        <Bars title={t('tune.after')} values={after} label={null} count={CLASSES} />
      </div>
      <p>{t('tune.entropy', { before: nats(entropyBefore), after: nats(entropyAfter) })}</p>
      <p className={tryCss.note}>{t(ownTemplate ? 'tune.sentence' : 'tune.sentence.authors', said)}</p>
      <p id="tune-views">{t('tune.views', { count: count(views.length), kept: count(kept.length) })}</p>
      <Views {...{ views, kept }} />
      <p className={tryCss.note}>{t('tune.whole')}</p>
    </div>
  )
}

/** Surest first. */
function Views({ views, kept }: Pick<TuningAnswer, 'views' | 'kept'>) {
  const order = views.map((_, v) => v).sort((a, b) => views[a]!.entropy - views[b]!.entropy || a - b)
  const taken = new Set(kept)
  return (
    <ul className={css.views} aria-labelledby="tune-views">
      {order.map((v) => {
        const { entropy, pixels } = views[v]!
        const key = `tune.view${v === 0 ? '.itself' : ''}${taken.has(v) ? '.kept' : ''}` as const
        const alt = t(key, { n: count(v + 1), entropy: nats(entropy) })
        return (
          <li key={v} className={css.view} data-kept={taken.has(v) || undefined} title={alt}>
            <Picture pixels={pixels} alt={alt} />
          </li>
        )
      })}
    </ul>
  )
}
