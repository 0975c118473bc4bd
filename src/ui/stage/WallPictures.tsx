/** The few pictures that hang beside the border, each wearing it, each with its verdict bare and bordered. */
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import type { PictureInfo, Prediction } from '../../lab/protocol'
import { pictureKey, predictionsStore } from '../../state/predictions'
import { taskStore } from '../../state/task'
import { selectPicture, viewStore } from '../../state/view'
import { Frame } from '../common/Frame'
import { cx } from '../common/cx'
import { PictureCanvas } from './PictureCanvas'
import css from './stage.module.css'
import { topClasses } from './topClasses'

export function WallPictures() {
  const pictures = useStore(taskStore, (s) => s.pictures)
  const selected = useStore(viewStore, (s) => s.selected)
  if (pictures.length === 0) return null
  return (
    <ul className={css.wallPictures} aria-label={t('wall.label')}>
      {pictures.map((picture, i) => (
        <li key={`${picture.split}-${picture.index}`}>
          <WallPicture picture={picture} number={i + 1} selected={i === selected} />
        </li>
      ))}
    </ul>
  )
}

interface WallPictureProps {
  readonly picture: PictureInfo
  readonly number: number
  readonly selected: boolean
}

function WallPicture({ picture, number, selected }: WallPictureProps) {
  const name = useStore(taskStore, (s) => s.info?.classes[picture.label]?.name ?? '')
  const prediction = useStore(predictionsStore, (s) => s.byKey.get(pictureKey(picture)))
  const verdicts = prediction && judge(prediction)
  const word = (right: boolean) => t(right ? 'verdict.right' : 'verdict.wrong')
  const label = verdicts
    ? t('wall.picture.judged', { n: number, name, before: word(verdicts.before), after: word(verdicts.after) })
    : t('wall.picture', { n: number, name })
  return (
    <Button
      className={css.wallPicture}
      aria-label={label}
      aria-pressed={selected}
      onPress={() => selectPicture(number - 1)}
      data-testid={`wall-picture-${number}`}
    >
      <Frame size="small">
        <PictureCanvas picture={picture} bordered />
      </Frame>
      <span className={css.verdict} aria-hidden="true">
        {verdicts ? (
          <>
            <Mark right={verdicts.before} /> → <Mark right={verdicts.after} />
          </>
        ) : (
          '\u00a0'
        )}
      </span>
    </Button>
  )
}

const Mark = ({ right }: { readonly right: boolean }) => (
  <span className={cx(right ? css.right : css.wrong)}>{right ? '✓' : '✗'}</span>
)

const judge = ({ zeroShot, prompted, label }: Prediction) => ({
  before: topClasses(zeroShot, 1)[0] === label,
  after: topClasses(prompted, 1)[0] === label,
})
