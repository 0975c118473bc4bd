/** The table: a method a row, its accuracy on one scale with the line of zero-shot through all of them. */
import type { CSSProperties } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { count, percent, points, pValue } from '../../i18n/format'
import { inWords } from '../../i18n/said'
import { t } from '../../i18n/t'
import type { StudiedMethod } from '../../lab/protocol-study'
import { studyStore } from '../../state/study-store'
import {
  accuracyScale,
  shortNumber,
  STUDY_COLUMNS,
  type StudyColumn,
  type StudyOrder,
  type StudyRow,
} from '../../state/study-table'
import { ALWAYS } from '../../study/offered'
import { Explained, type GlossaryKey } from '../visuals/Term'
import { secondsText } from './secondsText'
import css from './Study.module.css'

interface StudyTableProps {
  readonly rows: readonly StudyRow[]
  /** Test is closed: validation stands in its place. */
  readonly closed: boolean
  readonly order: StudyOrder
  readonly onOrder: (order: StudyOrder) => void
}

/** Its id in the document. */
export const STUDY_TABLE = 'study-table'

const GLOSSARY: Readonly<Record<StudyColumn, GlossaryKey>> = {
  method: 'glossary.study.method',
  accuracy: 'glossary.study.accuracy',
  gain: 'glossary.study.gain',
  parameters: 'glossary.study.parameters',
  seconds: 'glossary.study.seconds',
  speed: 'glossary.study.speed',
}

export function StudyTable({ rows, closed, order, onOrder }: StudyTableProps) {
  const found = rows.flatMap((row) => (row.found ? [row.found] : []))
  const scale = accuracyScale(found, closed)
  const base = rows.find(({ offered }) => offered.id === ALWAYS)?.found ?? null
  const at = (value: number) => `${(100 * (value - scale[0])) / (scale[1] - scale[0])}%`
  const line = base && at(closed ? base.validation : base.top1)
  return (
    <div id={STUDY_TABLE} className={css.scroll} tabIndex={0} role="region" aria-label={t('study.table')}>
      <table
        className={css.table}
        style={{ '--line': line ?? '-100%' } as CSSProperties}
        data-testid="study-table"
        data-split={closed ? 'val' : 'test'}
      >
        <thead>
          <tr>
            {STUDY_COLUMNS.map((column) => {
              const active = order.column === column
              return (
                <th
                  key={column}
                  scope="col"
                  data-column={column}
                  aria-sort={active ? (order.descending ? 'descending' : 'ascending') : undefined}
                >
                  <Explained by={GLOSSARY[column]}>
                    <Button
                      className={css.sort}
                      onPress={() =>
                        onOrder({ column, descending: active ? !order.descending : RISING.has(column) ? false : true })
                      }
                      data-testid={`study-sort-${column}`}
                    >
                      {t(closed && column === 'accuracy' ? 'study.column.validation' : `study.column.${column}`)}
                      <span aria-hidden="true">{active ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
                    </Button>
                  </Explained>
                  {column === 'accuracy' && found.length > 0 && (
                    <span className={css.ticks} aria-hidden="true">
                      <span>{percent(scale[0], 0)}</span>
                      <span>{percent(scale[1], 0)}</span>
                    </span>
                  )}
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.offered.id} row={row} closed={closed} at={at} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Less is better, or it is an order of names: these begin with the least. */
const RISING: ReadonlySet<StudyColumn> = new Set(['method', 'parameters', 'seconds'] as const)

interface RowProps {
  readonly row: StudyRow
  readonly closed: boolean
  readonly at: (value: number) => string
}

function Row({ row: { offered, found, refused }, closed, at }: RowProps) {
  const seeds = useStore(studyStore, (s) => s.seeds)
  const under = useStore(studyStore, (s) => s.work?.label === offered.contender.label)
  const waits = under ? 'measuring' : refused ? 'refused' : 'waiting'
  return (
    <tr
      data-testid="study-row"
      data-method={offered.id}
      data-state={found ? 'measured' : waits}
      data-accuracy={found && !closed ? found.top1 : undefined}
    >
      <th scope="row">
        <span className={css.name}>{t(`study.method.${offered.id}`)}</span>
        <span className={css.sub}>
          {under
            ? t('study.row.measuring')
            : refused
              ? inWords(refused).message
              : found
                ? seedsText(found, seeds)
                : t('study.row.waiting')}
        </span>
      </th>
      {found ? (
        <>
          <Accuracy found={found} closed={closed} at={at} />
          <Gain found={found} closed={closed} />
          <td className={css.number}>{count(found.parameterCount)}</td>
          <td className={css.number}>{secondsText(found.trainSeconds)}</td>
          <td className={css.number}>{shortNumber(found.imagesPerSecond)}</td>
        </>
      ) : (
        <td colSpan={STUDY_COLUMNS.length - 1} />
      )}
    </tr>
  )
}

/** Methods that draw nothing have one seed however many are asked for. */
function seedsText({ seeds, deviation, chosen }: StudiedMethod, asked: number): string {
  const spread = deviation === null ? '' : ` · ${t('study.row.deviation', { deviation: (100 * deviation).toFixed(1) })}`
  const of = seeds > 1 || asked > 1 ? t(seeds === 1 ? 'study.row.seed' : 'study.row.seeds', { seeds }) : ''
  const what = Object.entries(chosen).map(([name, value]) => {
    return `${name} ${typeof value === 'number' ? Number(value.toPrecision(3)) : value}`
  })
  return [of + spread, what.join(', ')].filter((part) => part !== '').join(' · ')
}

function Accuracy({ found, closed, at }: { readonly found: StudiedMethod } & Omit<RowProps, 'row'>) {
  const { ci95, top1, validation } = found
  const value = closed ? validation : top1
  return (
    <td className={css.accuracy}>
      <span className={css.value}>{percent(value)}</span>
      <span className={css.track} aria-hidden="true">
        {!closed && (
          <span className={css.interval} style={{ left: at(ci95[0]), right: `calc(100% - ${at(ci95[1])})` }} />
        )}
        <span className={css.dot} style={{ left: at(value) }} />
      </span>
      {!closed && (
        <span className={css.sub}>{t('study.interval', { low: percent(ci95[0]), high: percent(ci95[1]) })}</span>
      )}
    </td>
  )
}

function Gain({ found: { gain }, closed }: { readonly found: StudiedMethod; readonly closed: boolean }) {
  if (closed || !gain) return <td className={css.number}>{closed ? '' : '–'}</td>
  const { ci95, difference, pValue: p } = gain
  const clear = p < 0.05
  return (
    <td className={css.number} data-gain={clear ? Math.sign(difference) : 0}>
      <b>{points(difference)}</b>
      <span className={css.sub}>{t('study.gain', { low: points(ci95[0]), high: points(ci95[1]), p: pValue(p) })}</span>
    </td>
  )
}
