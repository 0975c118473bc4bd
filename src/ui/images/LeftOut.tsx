/** What was not taken, by reason. */
import { useMemo } from 'react'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { imagesStore } from '../../state/images-store'
import css from './Images.module.css'
import { kindInWords, kindOf } from './leftOutKinds'

/** Paths listed of one reason. */
const LISTED = 200

export function LeftOut() {
  const skipped = useStore(imagesStore, (s) => s.album?.skipped)
  const leftOut = useStore(imagesStore, (s) => s.arranged?.leftOut)
  const reasons = useMemo(() => {
    const found = new Map<string, { path: string; reason: string }[]>()
    for (const one of [...(skipped ?? []), ...(leftOut ?? [])]) {
      const kind = kindOf(one.reason)
      const same = found.get(kind)
      if (same) same.push(one)
      else found.set(kind, [one])
    }
    return [...found].sort(([, a], [, b]) => b.length - a.length)
  }, [skipped, leftOut])
  if (!skipped) return null
  const total = reasons.reduce((sum, [, files]) => sum + files.length, 0)
  return (
    <section aria-labelledby="left-heading" data-testid="left-out">
      <h3 id="left-heading" className={css.subheading}>
        {t('left.heading')} <span className={css.note}>{t('left.summary', { count: count(total) })}</span>
      </h3>
      {total === 0 && <p className={css.note}>{t('left.none')}</p>}
      {reasons.map(([reason, files]) => (
        <details key={reason} className={css.reason} open={reasons.length === 1 && files.length < 8}>
          <summary>{t('left.reason', { reason: kindInWords(reason), count: count(files.length) })}</summary>
          <ul>
            {files.slice(0, LISTED).map(({ path, reason: exact }) => (
              <li key={path}>
                <code>{path}</code>
                {exact !== reason && <span className={css.soft}> {exact}</span>}
              </li>
            ))}
            {files.length > LISTED && <li>{t('skipped.more', { count: count(files.length - LISTED) })}</li>}
          </ul>
        </details>
      ))}
    </section>
  )
}
