/** The frozen model's sha256 before and after learning: the same, or these numbers mean nothing. */
import { t } from '../../i18n/t'
import css from './Result.module.css'

export function Proof({ before, after }: { readonly before: string; readonly after: string }) {
  const same = before === after
  return (
    <div className={css.proof} data-testid="proof" data-same={same}>
      {same && <h3>{t('result.frozen')}</h3>}
      <p>{t(after === '' ? 'result.frozen.gone' : same ? 'result.frozen.same' : 'result.frozen.changed')}</p>
      <dl>
        <dt>{t('result.frozen.before')}</dt>
        <dd data-testid="frozen-before">{before}</dd>
        <dt>{t('result.frozen.after')}</dt>
        <dd data-testid="frozen-after">{after || '–'}</dd>
      </dl>
    </div>
  )
}
