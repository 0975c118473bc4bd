/** The page: a header with the views, the view that is open, and what can lie over all of them. */
import { Suspense, useDeferredValue, useEffect } from 'react'
import { useStore } from 'zustand'
import { t } from '../i18n/t'
import { appearanceStore } from '../state/appearance'
import { providePageActions } from '../state/page-actions'
import { followAddress, routeStore } from '../state/route'
import { isActive, runStore } from '../state/run'
import css from './App.module.css'
import { Announcer } from './common/Announcer'
import { Header } from './header/Header'
import { provideFileActions } from './shell/file-actions'
import { listenForKeys } from './shell/keys'
import { Unfinished } from './run/Unfinished'
import { DropEverywhere } from './task/DropEverywhere'
import { Overlays } from './shell/Overlays'
import { views } from './shell/views'

export function App() {
  useEffect(() => {
    const undo = [providePageActions(), provideFileActions(), listenForKeys(), followAddress()]
    return () => {
      for (const one of undo) one()
    }
  }, [])
  // Sentences are looked up while drawing: another language draws everything anew.
  const language = useStore(appearanceStore, (s) => s.language)
  return (
    <div key={language} className={css.page}>
      <a href="#main" className={css.skip} onClick={skip}>
        {t('app.skip')}
      </a>
      <Header />
      <Unfinished />
      <main id="main" tabIndex={-1} className={css.main}>
        <OpenView />
      </main>
      <Overlays />
      <DropEverywhere />
      <Announcer />
      <UnloadGuard />
    </div>
  )
}

function OpenView() {
  // A whole view is drawn in slices, with the one before it in place meanwhile: what is learned goes on drawing too.
  const wanted = useDeferredValue(useStore(routeStore, (s) => s.view))
  const view = views.find(({ id }) => id === wanted) ?? views[0]!
  return (
    <Suspense fallback={<p className={css.waiting}>{t('app.opening')}</p>}>
      <view.Content />
    </Suspense>
  )
}

/** The hash names the view: the skip link moves the focus without changing it. */
function skip(event: { preventDefault(): void }): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
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
