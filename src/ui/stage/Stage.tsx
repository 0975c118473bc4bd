/** The wall: the border as a picture of its own, one picture wearing it, a few more beside, and time beneath. */
import { t } from '../../i18n/t'
import { BorderPlate } from './BorderPlate'
import { Easel } from './Easel'
import { Timeline } from './Timeline'
import { WallPictures } from './WallPictures'
import css from './stage.module.css'

export function Stage() {
  return (
    <section className={css.stage} aria-label={t('stage.label')} id="stage" tabIndex={-1}>
      <BorderPlate />
      <Easel />
      <WallPictures />
      <Timeline />
    </section>
  )
}
