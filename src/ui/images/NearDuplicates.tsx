/** Groups of pictures that look alike; those that lie in more than one split first, since they flatter the test. */
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { SPLITS } from '../../data/task'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { resplit } from '../../state/images'
import { imagesStore } from '../../state/images-store'
import { isActive, runStore } from '../../state/run'
import css from './Images.module.css'
import { Thumb } from './Thumb'

/** Groups and pictures of a group that are shown. */
const GROUPS = 20
const OF_GROUP = 8

export function NearDuplicates() {
  const near = useStore(imagesStore, (s) => s.album?.near)
  const arranged = useStore(imagesStore, (s) => s.arranged)
  const together = useStore(imagesStore, (s) => s.arrangement?.split.together ?? false)
  const locked = useStore(runStore, (s) => isActive(s.status))
  if (!near || !arranged) return null
  const leaks = new Set(arranged.leaks.map(([first]) => first))
  const sorted = [...near].sort(([a], [b]) => Number(leaks.has(b!)) - Number(leaks.has(a!)))
  return (
    <section aria-labelledby="near-heading" data-testid="near-duplicates" data-leaks={leaks.size}>
      <h3 id="near-heading" className={css.subheading}>
        {t('near.heading')}{' '}
        <span className={css.note}>
          {near.length > 0 && t('near.summary', { groups: count(near.length), leaks: count(leaks.size) })}
        </span>
      </h3>
      {near.length === 0 && <p className={css.note}>{t('near.none')}</p>}
      {leaks.size > 0 && !together && (
        <Button
          className={css.small}
          isDisabled={locked}
          onPress={() => resplit({ together: true })}
          data-testid="near-together"
        >
          {t('near.together')}
        </Button>
      )}
      <ul className={css.groups}>
        {sorted.slice(0, GROUPS).map((group, n) => {
          const splits = [...new Set(group.map((image) => arranged.splits[image]!))]
          const names = splits.map((s) => (SPLITS[s] ? t(`classes.${SPLITS[s]}`) : t('grid.out'))).join(', ')
          return (
            <li key={group[0]} aria-label={t('near.group', { n: n + 1, splits: names })}>
              <span className={css.strip}>
                {group.slice(0, OF_GROUP).map((image) => (
                  <Thumb key={image} image={image} />
                ))}
              </span>
              <span className={css.soft}>
                {names}
                {leaks.has(group[0]!) && <em className={css.warning}> {t('near.across')}</em>}
              </span>
            </li>
          )
        })}
      </ul>
      {near.length > GROUPS && <p className={css.note}>{t('near.more', { count: count(near.length - GROUPS) })}</p>}
    </section>
  )
}
