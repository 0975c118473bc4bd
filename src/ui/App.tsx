/** The page: what is to be learned on the left, the wall it is learned on to the right. */
import { useEffect } from 'react'
import { useStore } from 'zustand'
import { t } from '../i18n/t'
import { isActive, runStore } from '../state/run'
import css from './App.module.css'
import { Announcer } from './common/Announcer'
import { Curves } from './curves/Curves'
import { Header } from './header/Header'
import { ModelSection } from './model/ModelSection'
import { Recipe } from './recipe/Recipe'
import { Changed, Result } from './result/Result'
import { Rail, Troubles } from './run/Rail'
import { listenForShortcuts } from './run/shortcuts'
import { Stage } from './stage/Stage'
import { Classes } from './task/Classes'
import { TaskChooser } from './task/TaskChooser'

export function App() {
  useEffect(listenForShortcuts, [])
  return (
    <>
      <a href="#stage" className={css.skip}>
        {t('app.skip')}
      </a>
      <Header />
      <main className={css.main}>
        <div className={css.label}>
          <ModelSection />
          <TaskChooser />
          <Classes />
          <Recipe />
        </div>
        <div className={css.wall}>
          <div className={css.hanging}>
            <Stage />
          </div>
          <div className={css.foot}>
            <Rail />
            <Troubles />
          </div>
          <div className={css.below}>
            <Result />
            <Curves />
            <Changed />
            <p className={css.keys}>{t('run.keys')}</p>
          </div>
        </div>
      </main>
      <Announcer />
      <UnloadGuard />
    </>
  )
}

/** The browser asks before a run is thrown away by closing the page. A leaf, since the whole page need not follow a run. */
function UnloadGuard() {
  const active = useStore(runStore, (s) => isActive(s.status))
  useEffect(() => {
    if (!active) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [active])
  return null
}
