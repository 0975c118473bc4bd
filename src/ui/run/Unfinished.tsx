/** A line over the page while a kept run needs a decision: one was left unfinished, or another tab is at work on this one. */
import type { ReactNode } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { inWords } from '../../i18n/said'
import { taskTitle } from '../../i18n/names'
import { t } from '../../i18n/t'
import type { RunRecord } from '../../records/run-record'
import { runName } from '../../state/comparison-sides'
import { isActive, runStore } from '../../state/run'
import { goOn, openKept, openRunStore, putAside } from '../../state/runs'
import { taskStore } from '../../state/task'
import { sessionStore } from '../../state/session'
import css from './Unfinished.module.css'

export function Unfinished() {
  const { record, unfinished, missing, elsewhere, busy, keeping, trouble } = useStore(openRunStore)
  const active = useStore(runStore, (s) => isActive(s.status))
  const ready = useStore(sessionStore, (s) => s.phase === 'ready')
  const loading = useStore(taskStore, (s) => s.loading)
  if (elsewhere && record) {
    return (
      <Line
        testId="taken"
        says={t('keep.elsewhere', { name: runName(record) })}
        more={trouble ? inWords(trouble).message : undefined}
      >
        <Button className={css.main} isDisabled={busy} onPress={() => void goOn(record, { takeOver: true })}>
          {t('keep.takeOver')}
        </Button>
      </Line>
    )
  }
  if (keeping) return <Line testId="keeping" says={inWords(keeping).message} more={inWords(keeping).remedy} />
  const why = trouble && inWords(trouble)
  if (why && !unfinished) return <Line testId="open-trouble" says={why.message} more={why.remedy} />
  if (record && missing.length > 0 && !unfinished && !active) {
    return (
      <Line testId="missing" says={t('keep.shown', { name: runName(record) })} more={needs(record, missing)}>
        <Button className={css.main} isDisabled={busy || !ready || loading} onPress={() => void openKept(record)}>
          {t('keep.shown.again')}
        </Button>
      </Line>
    )
  }
  if (!unfinished || active) return null
  const more = why ? `${why.message} ${why.remedy}` : needs(unfinished, missing)
  return (
    <Line testId="unfinished" says={unfinishedSentence(unfinished)} more={more}>
      <Button
        className={css.main}
        isDisabled={busy || !ready || loading}
        onPress={() => void goOn(unfinished)}
        data-testid="go-on"
      >
        {busy ? t('keep.goingOn') : t('keep.goOn')}
      </Button>
      <Button className={css.other} isDisabled={busy} onPress={putAside} data-testid="put-aside">
        {t('keep.putAside')}
      </Button>
    </Line>
  )
}

function unfinishedSentence(record: RunRecord): string {
  const values = { name: runName(record), step: count(record.step), steps: count(record.recipe.steps) }
  const { group } = record
  if (!group || group.of < 2) return t('keep.unfinished', values)
  return t('keep.unfinished.group', { ...values, index: group.index + 1, of: group.of })
}

/** What the person must bring. */
function needs({ model, task }: RunRecord, missing: readonly string[]): string | undefined {
  if (missing.length === 0) return undefined
  return [
    missing.includes('model') ? t('keep.missing.model', { title: model.title }) : '',
    missing.includes('task') ? t('keep.missing.task', { title: taskTitle(task) }) : '',
  ].join(' ')
}

interface LineProps {
  readonly says: string
  readonly more?: string | undefined
  readonly testId: string
  readonly children?: ReactNode
}

function Line({ says, more, testId, children }: LineProps) {
  return (
    <div className={css.line} role="status" data-testid={testId}>
      <div className={css.words}>
        <p className={css.says}>{says}</p>
        {more && <p className={css.more}>{more}</p>}
      </div>
      {children && <div className={css.buttons}>{children}</div>}
    </div>
  )
}
