/** Two or more runs: in what their configurations differ, their curves over each other, and seeds paired with seeds. */
import { useEffect, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { points, pValue } from '../../i18n/format'
import { t } from '../../i18n/t'
import { pairedSpread } from '../../evaluation/seeds'
import type { RunRecord } from '../../records/run-record'
import { runName } from '../../state/comparison-sides'
import { configDifferences } from '../../state/config-difference'
import { drawnRun, type Drawn } from '../../state/kept-runs'
import { pairedGroups } from '../../state/paired-groups'
import { formatHash, routeStore } from '../../state/route'
import { CurvesOverlay, OverlayKey } from '../visuals/CurvesOverlay'
import { smoothed, type Line } from '../visuals/overlay-lines'
import { Term } from '../visuals/Term'
import { Papers } from './Papers'
import css from './Runs.module.css'

export function RunsComparison({ records }: { readonly records: readonly RunRecord[] }) {
  const names = records.map(runName)
  return (
    <section className={css.comparison} aria-labelledby="runs-comparison" data-testid="runs-comparison">
      <h3 id="runs-comparison">{t('runs.comparison', { count: records.length })}</h3>
      {records.length === 2 && <AnswersLink records={records} />}
      <Papers records={records} />
      <PairedSeeds records={records} />
      <Differences records={records} names={names} />
      <Curves records={records} names={names} />
    </section>
  )
}

/** To the images, where the two saw the same ones. */
function AnswersLink({ records }: { readonly records: readonly RunRecord[] }) {
  const query = useStore(routeStore, (s) => s.query)
  const [a, b] = [records[1]!, records[0]!]
  if (a.task.fingerprint !== b.task.fingerprint) return <p className={css.note}>{t('runs.otherImages')}</p>
  const next = new URLSearchParams(query)
  next.set('a', a.id)
  next.set('b', b.id)
  return (
    <a className={css.link} href={formatHash({ view: 'compare', query: next })} data-testid="compare-answers">
      {t('runs.answers')}
    </a>
  )
}

function PairedSeeds({ records }: { readonly records: readonly RunRecord[] }) {
  const pair = pairedGroups(records)
  if (!pair) return null
  const { mean, ci95, pValue: p, n } = pairedSpread(pair.a, pair.b)
  return (
    <p data-testid="paired-seeds">
      <Term of="glossary.paired">{t('runs.paired')}</Term>{' '}
      {t('runs.paired.value', {
        ...{ mean: points(mean), n, low: ci95 ? points(ci95[0]) : '\u2013', high: ci95 ? points(ci95[1]) : '\u2013' },
        p: p === null ? '\u2013' : pValue(p),
      })}
    </p>
  )
}

function Differences({
  records,
  names,
}: {
  readonly records: readonly RunRecord[]
  readonly names: readonly string[]
}) {
  const differences = configDifferences(records)
  if (differences.length === 0) return <p className={css.note}>{t('runs.same')}</p>
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label={t('runs.differences')}>
      <table className={css.differences} data-testid="config-difference">
        <caption>{t('runs.differences')}</caption>
        <thead>
          <tr>
            <td />
            {names.map((name, i) => (
              <th key={i} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {differences.map(({ field, values }) => (
            <tr key={field}>
              <th scope="row">
                <code>{field}</code>
              </th>
              {values.map((value, i) => (
                <td key={i} data-changed={value !== values[0]}>
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Curves({ records, names }: { readonly records: readonly RunRecord[]; readonly names: readonly string[] }) {
  const [drawn, setDrawn] = useState<readonly Drawn[]>([])
  const key = records.map(({ id, updatedAt }) => `${id} ${updatedAt}`).join('\n')
  useEffect(() => {
    let wanted = true
    void Promise.all(records.map(drawnRun)).then((all) => {
      if (wanted) setDrawn(all)
    })
    return () => {
      wanted = false
    }
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key])
  const [accuracy, loss] = useMemo(() => {
    const lines = (of: (curves: NonNullable<Drawn['curves']>) => Omit<Line, 'name'>) =>
      drawn.flatMap(({ curves }, i): Line[] => (curves ? [{ name: names[i] ?? '', ...of(curves) }] : []))
    return [
      lines(({ validations }) => ({ x: validations.step, y: validations.top1 })),
      lines(({ steps }) => ({ x: steps.step, y: smoothed(steps.loss) })),
    ]
    // oxlint-disable-next-line react/exhaustive-deps
  }, [drawn])
  if (accuracy.length === 0) return null
  return (
    <>
      <OverlayKey names={accuracy.map(({ name }) => name)} />
      <div className={css.curves}>
        <CurvesOverlay
          title={t('curves.accuracy')}
          about={t('runs.curves.validation')}
          quantity="accuracy"
          lines={accuracy}
        />
        <CurvesOverlay title={t('curves.loss')} about={t('runs.curves.loss')} quantity="loss" lines={loss} />
      </div>
    </>
  )
}
