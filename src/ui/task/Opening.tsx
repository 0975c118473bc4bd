/** What is being read: how far it is, and a way out. */
import { Button, ProgressBar } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { imagesStore } from '../../state/images-store'
import css from './Opening.module.css'
import { cancelTaking } from './takeFiles'

export function Opening() {
  const opening = useStore(imagesStore, (s) => s.opening)
  if (!opening) return null
  const { name, intake, listed } = opening
  const text = intake
    ? t(intake.decoded > 0 || intake.done === 0 ? 'opening.reading' : 'opening.known', {
        done: count(intake.done),
        total: count(intake.total),
      })
    : t('opening.listing', { count: count(listed) })
  return (
    <div className={css.opening} data-testid="opening">
      <ProgressBar
        aria-label={t('opening.label', { name })}
        value={intake ? (100 * intake.done) / Math.max(1, intake.total) : 0}
        isIndeterminate={!intake}
        className={css.bar}
      >
        {({ percentage }) => <div className={css.fill} style={{ width: `${percentage ?? 0}%` }} />}
      </ProgressBar>
      <p>
        <span>{text}</span>
        {intake && intake.skipped > 0 && <span> · {t('opening.skipped', { count: count(intake.skipped) })}</span>}
        <Button className={css.cancel} onPress={cancelTaking} data-testid="opening-cancel">
          {t('opening.cancel')}
        </Button>
      </p>
    </div>
  )
}
