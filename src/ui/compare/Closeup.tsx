/** One image of the lists, large: its path, its truth, and what both sides made of it. */
import { Button } from 'react-aria-components'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { pick, type Compared } from '../../state/compare'
import type { PictureShelf } from '../../state/compare-pictures'
import { Frame } from '../common/Frame'
import { Picture } from '../visuals/Picture'
import css from './Compare.module.css'
import type { Titles } from './CompareNumbers'
import { usePicture } from './PictureLists'

interface CloseupProps {
  readonly compared: Compared
  readonly shelf: PictureShelf
  readonly at: number
  readonly titles: Titles
  readonly names: readonly string[]
}

export function Closeup({ compared, shelf, at, titles, names }: CloseupProps) {
  const picture = usePicture(shelf, compared.indices[at]!)
  const { answers, labels, paths } = compared
  const truth = names[labels[at]!]!
  const path = paths[at]!
  return (
    <aside className={css.closeup} aria-label={t('compare.closeup')} data-testid="closeup">
      <Frame className={css.closeupFrame}>
        <div className={css.closeupPicture}>
          <Picture pixels={picture?.pixels ?? null} alt={path} />
        </div>
      </Frame>
      <p className={css.path}>{path}</p>
      <table className={css.closeupTable}>
        <thead>
          <tr>
            <th scope="col">{t('picture.truth', { name: truth })}</th>
            <th scope="col">{t('compare.answer')}</th>
            <th scope="col">{t('compare.ofTruth')}</th>
          </tr>
        </thead>
        <tbody>
          {(['before', 'after'] as const).map((side) => {
            const { top1, confidence, ofTruth } = answers[side]
            return (
              <tr key={side}>
                <th scope="row">{titles[side]}</th>
                <td data-right={top1[at] === labels[at]}>
                  {names[top1[at]!]}, {percent(confidence[at]!)}
                </td>
                <td>{percent(ofTruth[at]!)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <Button className={css.quiet} onPress={() => pick(null)}>
        {t('compare.closeup.close')}
      </Button>
    </aside>
  )
}
