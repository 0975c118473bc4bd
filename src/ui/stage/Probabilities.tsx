/** What the frozen model makes of a picture, bare and bordered: the likeliest classes as bars, the truth marked. */
import { useStore } from 'zustand'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { PictureInfo } from '../../lab/protocol'
import { pictureKey, predictionsStore } from '../../state/predictions'
import { taskStore } from '../../state/task'
import { cx } from '../common/cx'
import { Term, type GlossaryKey } from '../visuals/Term'
import { topClasses } from './topClasses'
import css from './stage.module.css'

export function Probabilities({ picture }: { readonly picture: PictureInfo }) {
  const prediction = useStore(predictionsStore, (s) => s.byKey.get(pictureKey(picture)))
  if (!prediction) return <p className={css.note}>{t('probabilities.waiting')}</p>
  return (
    <div className={css.probabilities} data-testid="probabilities">
      <BothAnswers {...prediction} label={picture.label} />
    </div>
  )
}

interface BothAnswersProps {
  /** Class probabilities [C] of the bare picture, and of the bordered one. */
  readonly zeroShot: Float32Array
  readonly prompted: Float32Array
  /** The true class; null where nobody knows it. */
  readonly label: number | null
  /** How many classes, the likeliest first. */
  readonly count?: number
}

/** Two columns of bars: bare and bordered. */
export function BothAnswers({ zeroShot, prompted, label, count = 3 }: BothAnswersProps) {
  const both = { before: zeroShot, after: prompted }
  return (['before', 'after'] as const).map((side) => (
    <Bars
      key={side}
      title={t(`probabilities.${side}`)}
      about={`glossary.probabilities.${side}`}
      values={both[side]}
      {...{ label, count }}
    />
  ))
}

interface BarsProps {
  readonly title: string
  /** Explains the title. */
  readonly about?: GlossaryKey
  readonly values: Float32Array
  readonly label: number | null
  readonly count: number
}

/** The likeliest classes of one answer. */
export function Bars({ title, about, values, label, count }: BarsProps) {
  const classes = useStore(taskStore, (s) => s.info?.classes)
  return (
    <div>
      <h3 className={css.barsTitle}>{about ? <Term of={about}>{title}</Term> : title}</h3>
      <ul className={css.bars}>
        {topClasses(values, count).map((index) => {
          const value = values[index] ?? 0
          return (
            <li key={index} className={cx(css.bar, index === label && css.true)}>
              <span className={css.barName}>
                {classes?.[index]?.name}
                {index === label && <span title={t('probabilities.true')}> ✓</span>}
              </span>
              <span className={css.barValue}>{percent(value, 0)}</span>
              <span className={css.barTrack} aria-hidden="true">
                <span style={{ transform: `scaleX(${value})` }} />
              </span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
