/** The task as text: the sentence that each class completes, its pictures in each split, and the files left out. */
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { SPLITS } from '../../data/task'
import type { TaskInfo } from '../../lab/protocol'
import { hrefOf } from '../../state/route'
import { sessionStore } from '../../state/session'
import { taskStore } from '../../state/task'
import { LateTerm } from '../common/LateTerm'
import css from './Classes.module.css'

const LISTED_SKIPPED = 20

export function Classes() {
  const info = useStore(taskStore, (s) => s.info)
  const loading = useStore(taskStore, (s) => s.loading)
  if (!info) return null
  return (
    <section aria-labelledby="classes-heading" className={css.classes} aria-busy={loading}>
      <h2 id="classes-heading" className={css.heading}>
        {t('classes.heading')} <span className={css.number}>{info.classes.length}</span>
        <a className={css.edit} href={hrefOf('images')} data-testid="edit-images">
          {t('classes.edit')}
        </a>
      </h2>
      <div className={css.scroll} tabIndex={0} role="region" aria-label={t('classes.caption')}>
        <ClassTable info={info} />
      </div>
      <Skipped info={info} />
    </section>
  )
}

function ClassTable({ info }: { readonly info: TaskInfo }) {
  // A classifier reads no text, so there is none to show.
  const template = useStore(sessionStore, (s) => (s.model?.kind === 'classifier' ? '{}' : info.template))
  const total = (split: (typeof SPLITS)[number]) => info.counts[split].reduce((sum, n) => sum + n, 0)
  return (
    <table className={css.table} data-testid="classes">
      <thead>
        <tr>
          <th scope="col">{template.replace('{}', '…')}</th>
          {SPLITS.map((split) => (
            <th key={split} scope="col" className={css.count}>
              <LateTerm of={`glossary.split.${split}`}>{t(`classes.${split}`)}</LateTerm>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {info.classes.map(({ folder, name }, i) => (
          <tr key={folder} data-testid="class-row">
            <th scope="row" title={t('classes.text', { text: template.replace('{}', name), folder })}>
              {name}
            </th>
            {SPLITS.map((split) => (
              <td key={split} className={css.count}>
                {count(info.counts[split][i] ?? 0)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t('classes.total')}</th>
          {SPLITS.map((split) => (
            <td key={split} className={css.count}>
              {count(total(split))}
            </td>
          ))}
        </tr>
      </tfoot>
    </table>
  )
}

function Skipped({ info }: { readonly info: TaskInfo }) {
  const { skipped, splitSeed } = info
  return (
    <div className={css.notes}>
      {info.id && splitSeed !== null && <p>{t('classes.split.seeded', { seed: splitSeed })}</p>}
      {skipped.length > 0 && (
        <details data-testid="skipped">
          <summary>
            {skipped.length === 1 ? t('skipped.summaryOne') : t('skipped.summary', { count: count(skipped.length) })}
          </summary>
          <ul>
            {skipped.slice(0, LISTED_SKIPPED).map(({ path, reason }) => (
              <li key={path}>
                <code>{path}</code>: {reason}
              </li>
            ))}
            {skipped.length > LISTED_SKIPPED && (
              <li>{t('skipped.more', { count: count(skipped.length - LISTED_SKIPPED) })}</li>
            )}
          </ul>
        </details>
      )}
    </div>
  )
}
