/** "Check this model": a published picture goes in, and the published answers stand beside the model's own. */
import { Button, FileTrigger, Link } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import type { ModelInfo } from '../../lab/protocol'
import { checkModel, checkStore, openCheck, verdict, type SelfCheck as Found } from '../../state/check'
import { isActive, runStore } from '../../state/run'
import { Alert } from '../common/Alert'
import { cx } from '../common/cx'
import css from './SelfCheck.module.css'
import model from './Model.module.css'

export function SelfCheck({ checks }: { readonly checks: ModelInfo['checks'] }) {
  const { open, running, result, trouble } = useStore(checkStore)
  const active = useStore(runStore, (s) => isActive(s.status))
  if (!open) {
    return (
      <Button className={model.quiet} onPress={openCheck} data-testid="check-open">
        {t('check.open')}
      </Button>
    )
  }
  return (
    <section className={css.check} aria-label={t('check.open')}>
      <p className={model.small}>{t('check.about')}</p>
      <ul className={css.pictures}>
        {checks.map(({ picture, source }) => (
          <li key={picture}>
            <Link className={model.link} href={source} target="_blank" rel="noreferrer">
              {picture}
            </Link>
          </li>
        ))}
      </ul>
      <FileTrigger
        acceptedFileTypes={['image/*']}
        onSelect={(list) => {
          const file = list?.[0]
          if (file) void checkModel(file)
        }}
      >
        <Button className={model.button} isDisabled={running || active} data-testid="check-picture">
          {t(running ? 'check.running' : result ? 'check.again' : 'check.choose')}
        </Button>
      </FileTrigger>
      {trouble && <Alert trouble={trouble} />}
      {result && <Answers found={result} />}
    </section>
  )
}

const figures = (value: number): string => value.toFixed(Math.abs(value) < 10 ? 4 : 2)

function Answers({ found }: { readonly found: Found }) {
  return (
    <>
      <p className={cx(css.verdict, !found.pass && css.failed)} data-testid="check-verdict" data-pass={found.pass}>
        {verdict(found)}
      </p>
      <table className={css.table} aria-label={t('check.caption', { image: found.image })}>
        <thead>
          <tr>
            <th scope="col">{found.image}</th>
            <th scope="col">{t('check.published')}</th>
            <th scope="col">{t('check.here')}</th>
          </tr>
        </thead>
        <tbody>
          {found.rows.map((row) => (
            <tr key={`${row.case} ${row.quantity} ${row.of}`}>
              <th scope="row">
                {row.of} <span className={css.quantity}>{t(`check.${row.quantity}`)}</span>
              </th>
              <td>{figures(row.expected)}</td>
              <td
                className={cx(!row.pass && css.off)}
                title={row.pass ? t('check.agrees') : t('check.differs', { tolerance: row.tolerance })}
              >
                {figures(row.got)} {row.pass ? '✓' : '✗'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
