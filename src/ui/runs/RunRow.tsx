/** One run as a row: its border, what it was made from, its numbers with intervals; a pencil's worth of name. */
import { memo, useState } from 'react'
import { Button, Checkbox, Input, TextField } from 'react-aria-components'
import { count, duration, percent, points, pValue, shortSha } from '../../i18n/format'
import { inWords } from '../../i18n/said'
import { engineTitle, recipeTitle, taskTitle } from '../../i18n/names'
import { t } from '../../i18n/t'
import { runName } from '../../state/comparison-sides'
import { pinRun, renameRun } from '../../state/kept-runs'
import type { RunEntry } from '../../state/run-table'
import type { RunRecord } from '../../records/run-record'
import { DeltaBar } from '../visuals/DeltaBar'
import { Term } from '../visuals/Term'
import { RunMenu } from './RunMenu'
import { RunThumb } from './RunThumb'
import css from './Runs.module.css'

interface RunRowProps {
  readonly entry: RunEntry
  readonly selected: boolean
  readonly onSelect: (ids: readonly string[], on: boolean) => void
}

/** What half of the scale of a difference stands for. */
const SCALE = 0.5

/** Whether a row would look the same: records are replaced when anything of them changes. */
function same(before: RunRowProps, now: RunRowProps): boolean {
  const [a, b] = [before.entry, now.entry]
  return (
    a.record === b.record &&
    a.inGroup === b.inGroup &&
    a.shown.split === b.shown.split &&
    a.shown.closed === b.shown.closed &&
    before.selected === now.selected &&
    before.onSelect === now.onSelect
  )
}

/** The run that is learned tells of itself every few seconds: the rows of all others stay as they are. */
export const RunRow = memo(function RunRow({ entry, selected, onSelect }: RunRowProps) {
  const { record, inGroup } = entry
  const [renaming, setRenaming] = useState(false)
  const name = runName(record)
  const { id, model, pinned, recipe, task } = record
  return (
    <tr data-testid="run-row" data-run={id} data-state={record.state} className={inGroup ? css.inGroup : undefined}>
      <td>
        <Checkbox
          className={css.check}
          aria-label={t('runs.select', { name })}
          isSelected={selected}
          onChange={(on) => onSelect([id], on)}
        >
          <span className={css.box} aria-hidden="true" />
        </Checkbox>
      </td>
      <td>
        <RunThumb record={record} />
      </td>
      <th scope="row" className={css.name}>
        {renaming ? (
          <Rename record={record} onDone={() => setRenaming(false)} />
        ) : (
          <>
            <span className={css.nameText} title={name}>
              {name}
            </span>
            <Button
              className={css.pin}
              aria-label={t('runs.pin', { name })}
              aria-pressed={pinned}
              onPress={() => void pinRun(id, !pinned)}
              data-testid="pin"
            >
              {pinned ? '★' : '☆'}
            </Button>
          </>
        )}
        <span className={css.sub}>
          {t(`runs.state.${record.state}`)}
          {record.kind === 'learned' && ` · ${recipeTitle(recipe.name)}`}
          {record.trouble && ` · ${inWords(record.trouble).message}`}
        </span>
      </th>
      <td>
        {taskTitle(task)}
        <span className={css.sub}>{shortSha(task.fingerprint)}</span>
      </td>
      <td>
        {model.title}
        <span className={css.sub}>{engineTitle(record.engineDescription)}</span>
      </td>
      <td className={css.numeric}>{record.seed}</td>
      <Numbers entry={entry} />
      <td className={css.numeric}>
        {count(record.step)}
        {record.step !== recipe.steps && record.kind === 'learned' && (
          <span className={css.sub}>{t('runs.of', { steps: count(recipe.steps) })}</span>
        )}
      </td>
      <td className={css.numeric}>
        {duration(record.seconds)}
        {record.kind === 'learned' && (
          <span className={css.sub}>{t('runs.perStep', { ms: count(Math.round(record.secondsPerStep * 1000)) })}</span>
        )}
      </td>
      <td className={css.date}>{record.createdAt.slice(0, 16).replace('T', ' ')}</td>
      <td>
        <RunMenu record={record} onRename={() => setRenaming(true)} />
      </td>
    </tr>
  )
}, same)

function Numbers({ entry: { shown } }: { readonly entry: RunEntry }) {
  const { zeroShot, prompted, difference, interval, pValue: p, split, closed } = shown
  return (
    <>
      {[zeroShot, prompted].map((accuracy, i) => (
        <td key={i} className={css.numeric} data-testid={i === 0 ? 'run-zero-shot' : 'run-prompted'} data-split={split}>
          {accuracy ? percent(accuracy.top1) : '\u2013'}
          {accuracy && (
            <span className={css.sub}>
              {t('perClass.interval', { low: percent(accuracy.ci95[0], 0), high: percent(accuracy.ci95[1], 0) })}
            </span>
          )}
        </td>
      ))}
      <td className={css.difference}>
        {difference === null ? (
          '\u2013'
        ) : (
          <>
            {points(difference)} <DeltaBar value={difference} interval={interval} scale={SCALE} />
          </>
        )}
        <span className={css.sub}>
          {interval && p !== null
            ? t('runs.difference', { low: points(interval[0]), high: points(interval[1]), p: pValue(p) })
            : difference !== null && (
                <Term of="glossary.validation">{t(closed ? 'runs.closed' : 'runs.validation')}</Term>
              )}
        </span>
      </td>
    </>
  )
}

function Rename({ record, onDone }: { readonly record: RunRecord; readonly onDone: () => void }) {
  const [text, setText] = useState(runName(record))
  const keep = () => {
    void renameRun(record.id, text)
    onDone()
  }
  return (
    <TextField className={css.rename} aria-label={t('runs.rename.label')} value={text} onChange={setText} autoFocus>
      <Input
        data-testid="rename"
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key === 'Enter') keep()
          if (event.key === 'Escape') onDone()
        }}
      />
    </TextField>
  )
}
