/**
 * Under the curves, folded: which class is taken for which on validation, with the border of the step that is looked at. Its
 * answers are asked for only while it is open.
 */
import { useEffect, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { openRunStore } from '../../state/runs'
import { taskStore } from '../../state/task'
import { wantValidation } from '../../state/timeline'
import { timelineStore } from '../../state/timeline-store'
import { hangFromCell, matrixOf } from '../../state/validation-matrix'
import { Confusion } from '../visuals/Confusion'
import { Term } from '../visuals/Term'
import css from './Curves.module.css'

export function ValidationMatrix() {
  const [open, setOpen] = useState(false)
  return (
    <details className={css.matrix} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary data-testid="validation-matrix">{t('curves.matrix')}</summary>
      {open && <Matrix />}
    </details>
  )
}

function Matrix() {
  const validation = useStore(timelineStore, (s) => s.validation)
  const begun = useStore(timelineStore, (s) => s.kept.length > 0)
  const here = useStore(openRunStore, (s) => s.missing.length === 0)
  const info = useStore(taskStore, (s) => s.info)
  useEffect(() => wantValidation(), [])
  const names = useMemo(() => info?.classes.map(({ name }) => name) ?? [], [info])
  const counts = useMemo(
    () => validation && names.length > 0 && matrixOf(validation.predictions, names.length),
    [validation, names],
  )
  if (!here) return <p className={css.about}>{t('curves.matrix.away')}</p>
  if (!begun) return <p className={css.about}>{t('curves.matrix.none')}</p>
  if (!validation || !counts || !info) return <p className={css.about}>{t('curves.matrix.asking')}</p>
  const asked = validation.predictions.indices.length
  const all = info.counts.val.reduce((sum, n) => sum + n, 0)
  const said = { step: validation.step, count: count(asked), all: count(all) }
  return (
    <>
      <p className={css.about} data-testid="matrix-about">
        <Term of="glossary.validation">{t(asked < all ? 'curves.matrix.some' : 'curves.matrix.all', said)}</Term>
        <span>{t('curves.matrix.hang')}</span>
      </p>
      <Confusion
        title={t('curves.matrix.title', { step: validation.step })}
        counts={counts}
        names={names}
        open={null}
        onOpen={({ truth, predicted }) => void hangFromCell(truth, predicted)}
      />
    </>
  )
}
