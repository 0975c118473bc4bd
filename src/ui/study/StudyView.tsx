/** Methods side by side: which of them, on the left; what they came to on the same pictures, split and seeds, on the right. */
import { useEffect } from 'react'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { dismissStudyTrouble, followStudy } from '../../state/study'
import { studyStore } from '../../state/study-store'
import { taskStore } from '../../state/task'
import { Alert } from '../common/Alert'
import { MethodWall } from './MethodWall'
import { StudyRail } from './StudyRail'
import { StudyResults } from './StudyResults'
import css from './Study.module.css'

export function StudyView() {
  useEffect(followStudy, [])
  const trouble = useStore(studyStore, (s) => s.trouble)
  const keeping = useStore(studyStore, (s) => s.keeping)
  const lasting = useStore(studyStore, (s) => s.report?.lasting ?? true)
  const hasTask = useStore(taskStore, (s) => s.info !== null)
  return (
    <section className={css.view} aria-labelledby="study-heading" data-testid="study">
      <header className={css.header}>
        <h2 id="study-heading">{t('study.heading')}</h2>
        <p className={css.note}>{t('study.about')}</p>
      </header>
      <MethodWall />
      <div className={css.rail}>
        <StudyRail />
      </div>
      <div className={css.results}>
        {trouble && <Alert trouble={trouble} onDismiss={dismissStudyTrouble} />}
        {keeping && <Alert trouble={keeping} />}
        {!lasting && <p className={css.note}>{t('study.passing')}</p>}
        {hasTask ? <StudyResults /> : <p className={css.note}>{t('study.noTask')}</p>}
      </div>
    </section>
  )
}
