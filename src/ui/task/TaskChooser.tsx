/** Where the pictures come from: a person's own, or one of three embedded samples, each a strip of small openings in one mat. */
import { memo, useDeferredValue } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { sampleText, t } from '../../i18n/t'
import type { SampleInfo } from '../../lab/protocol'
import { modelsStore } from '../../state/models'
import { isActive, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { chooseSample, showTaskTrouble, taskStore } from '../../state/task'
import { Alert } from '../common/Alert'
import { cx } from '../common/cx'
import { Opening } from './Opening'
import { OwnFolder } from './OwnFolder'
import { takeAgainMakingRoom } from './takeFiles'
import css from './TaskChooser.module.css'

export function TaskChooser() {
  const samples = useStore(sessionStore, (s) => s.samples)
  const ready = useStore(sessionStore, (s) => s.phase === 'ready')
  const { choice, loading, progress, trouble } = useStore(taskStore)
  // After the answer to the press of a button that locks it, not with it: many controls change.
  const locked = useDeferredValue(useStore(runStore, (s) => isActive(s.status)))
  const reading = useStore(modelsStore, (s) => s.loading !== null)
  const disabled = locked || !ready || reading

  return (
    <section aria-labelledby="task-heading">
      <h2 id="task-heading" className={css.heading}>
        {t('task.heading')}
        <span className={css.note} role="status">
          {locked && t('task.locked')}
          {loading &&
            choice?.kind !== 'own' &&
            (progress ? t('task.loadingCount', { ...progress }) : t('task.loading'))}
        </span>
      </h2>
      <ul className={css.samples}>
        <li>
          <OwnFolder chosen={choice?.kind === 'own' ? choice.name : null} disabled={disabled || loading} />
          <Opening />
        </li>
        {samples.map((sample) => (
          <li key={sample.id}>
            <Sample
              sample={sample}
              chosen={choice?.kind === 'sample' && choice.id === sample.id}
              disabled={disabled || loading}
            />
          </li>
        ))}
      </ul>
      {trouble && (
        <Alert
          trouble={trouble}
          onDismiss={() => showTaskTrouble(null)}
          onAgain={trouble.reason === 'noRoom' ? takeAgainMakingRoom : undefined}
        />
      )}
    </section>
  )
}

interface SampleProps {
  readonly sample: SampleInfo
  readonly chosen: boolean
  readonly disabled: boolean
}

/** Remembered: the chooser follows every picture that is read. */
const Sample = memo(function Sample({ sample, chosen, disabled }: SampleProps) {
  return (
    <Button
      className={cx(css.sample, chosen && css.chosen)}
      aria-pressed={chosen}
      isDisabled={disabled && !chosen}
      onPress={() => void (disabled || chooseSample(sample.id))}
      data-testid={`sample-${sample.id}`}
    >
      <Strip id={sample.id} />
      <span className={css.title}>{sampleText(sample.id, 'title', sample.title)}</span>
      <span className={css.description}>{sampleText(sample.id, 'description', sample.description)}</span>
      <span className={css.echoes}>{t('task.echoes', { echoes: sampleText(sample.id, 'echoes', sample.echoes) })}</span>
    </Button>
  )
})

const OPENINGS = [0, 1, 2, 3, 4]

/** Five of the sample's pictures, from one image that holds them side by side, each in an opening of the same mat. */
function Strip({ id }: { readonly id: string }) {
  const backgroundImage = `url("${import.meta.env.BASE_URL}samples/${id}.png")`
  return (
    <span className={css.strip}>
      {OPENINGS.map((i) => (
        <span key={i} style={{ backgroundImage, backgroundPositionX: `${(100 * i) / (OPENINGS.length - 1)}%` }} />
      ))}
    </span>
  )
}
