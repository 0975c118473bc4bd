/** The view of images: what is open, how its classes are called and read, how it is split, and the pictures themselves. */
import { useEffect, useMemo, type KeyboardEvent } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { inWords } from '../../i18n/said'
import { sampleText, t } from '../../i18n/t'
import type { TaskInfo } from '../../lab/protocol'
import type { AlbumInfo } from '../../lab/protocol-images'
import { perform, provideActions } from '../../state/actions'
import { canRedo, canUndo, lookAtAlbum, redo, refreshKept, undo } from '../../state/images'
import { imagesStore } from '../../state/images-store'
import { hrefOf } from '../../state/route'
import { isActive, runStore } from '../../state/run'
import { showTaskTrouble, taskStore } from '../../state/task'
import { Alert } from '../common/Alert'
import { Opening } from '../task/Opening'
import { OwnButtons } from '../task/OwnFolder'
import { accountOf } from './account'
import { ClassEditor } from './ClassEditor'
import css from './Images.module.css'
import { KeptAlbums } from './KeptAlbums'
import { LeftOut } from './LeftOut'
import { NearDuplicates } from './NearDuplicates'
import { PictureGrid } from './PictureGrid'
import { SplitControl } from './SplitControl'
import { TemplateEditor } from './TemplateEditor'

/** The same one each time: a store's reader must not make new ones. */
const NOTHING = [] as const

const ACTIONS = [
  ...[{ id: 'images.undo', title: 'action.images.undo', keys: 'mod+z', enabled: canUndo, run: undo } as const],
  ...[{ id: 'images.redo', title: 'action.images.redo', keys: 'mod+shift+z', enabled: canRedo, run: redo } as const],
].map((action) => ({ ...action, group: 'images' as const }))

export function ImagesView() {
  useEffect(() => provideActions(ACTIONS), [])
  const task = useStore(taskStore, (s) => s.info)
  const loading = useStore(taskStore, (s) => s.loading)
  useEffect(() => {
    if (!loading) void lookAtAlbum()
  }, [task, loading])
  useEffect(() => void refreshKept(), [task])
  return (
    <div className={css.view} onKeyDown={undoKeys} data-testid="images-view">
      <div className={css.column}>
        <Head />
        <ClassEditor />
        <TemplateEditor />
        <SplitControl />
      </div>
      <div className={css.wall}>
        <PictureGrid />
        <div className={css.lists}>
          <LeftOut />
          <NearDuplicates />
          <KeptAlbums />
        </div>
      </div>
    </div>
  )
}

function Head() {
  const album = useStore(imagesStore, (s) => s.album)
  const task = useStore(taskStore, (s) => s.info)
  const problems = useStore(imagesStore, (s) => s.arranged?.problems ?? NOTHING)
  const warnings = useStore(imagesStore, (s) => s.arranged?.warnings ?? NOTHING)
  const own = useStore(imagesStore, (s) => s.trouble)
  const opening = useStore(taskStore, (s) => (s.info || s.trouble === null ? s.trouble : null))
  const locked = useStore(runStore, (s) => isActive(s.status))
  const trouble = own ?? opening
  return (
    <section aria-labelledby="album-heading">
      <h2 id="album-heading" className={css.heading}>
        {nameOf(album, task)}
      </h2>
      <Account />
      <OwnButtons disabled={locked} />
      <Opening />
      <History />
      {locked && <p className={css.note}>{t('images.locked')}</p>}
      {problems.length > 0 && (
        <div className={css.problems} role="alert" data-testid="problems">
          {problems.map(inWords).map(({ message, remedy }) => (
            <p key={message}>
              <strong>{message}</strong> {remedy}
            </p>
          ))}
        </div>
      )}
      {warnings.length > 0 && (
        <ul className={css.warnings} data-testid="warnings">
          {warnings
            .map((warning) => ({ kind: warning.kind, ...inWords(warning) }))
            .map(({ kind, message, remedy }) => (
              <li key={kind}>
                {message} <span className={css.soft}>{remedy}</span>
              </li>
            ))}
        </ul>
      )}
      {trouble && problems.length === 0 && <Alert trouble={trouble} onDismiss={dismiss} />}
      {album && problems.length === 0 && !locked && (
        <a className={css.go} href={hrefOf('learn')} data-testid="go-learn">
          {t('images.goLearn')}
        </a>
      )}
    </section>
  )
}

/** How many pictures were found, how many of them are used, and why the others are not. */
function Account() {
  const album = useStore(imagesStore, (s) => s.album)
  const arranged = useStore(imagesStore, (s) => s.arranged)
  const account = useMemo(() => album && arranged && accountOf(album, arranged), [album, arranged])
  if (!account) return null
  const { found, used, out } = account
  const why = out.map((one) => t(`images.out.${one.why}`, { count: count(one.count) })).join(t('images.account.and'))
  return (
    <p className={css.note} data-testid="account" data-found={found} data-used={used}>
      {out.length === 0
        ? t('images.account.all', { found: count(found) })
        : t('images.account', { found: count(found), used: count(used), why })}
    </p>
  )
}

/** A sample is called what it shows, not after the file that it comes in. */
function nameOf(album: AlbumInfo | null, task: TaskInfo | null): string {
  if (!album) return t('images.title')
  return album.origin === 'sample' && task ? sampleText(task.id, 'title', task.title) : album.name
}

function dismiss(): void {
  imagesStore.setState({ trouble: null })
  showTaskTrouble(null)
}

function History() {
  // What can be undone follows from these two.
  useStore(imagesStore, (s) => s.past)
  useStore(runStore, (s) => isActive(s.status))
  return (
    <div className={css.history}>
      <Button className={css.small} isDisabled={!canUndo()} onPress={() => perform('images.undo')} data-testid="undo">
        {t('images.undo')}
      </Button>
      <Button className={css.small} isDisabled={!canRedo()} onPress={() => perform('images.redo')} data-testid="redo">
        {t('images.redo')}
      </Button>
    </div>
  )
}

/** The page's shortcuts are silent inside lists, where most of this view's work is done. */
function undoKeys(event: KeyboardEvent): void {
  const typing = event.target instanceof Element && event.target.closest('input, select, textarea')
  if (typing || event.altKey || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z') return
  event.preventDefault()
  event.stopPropagation()
  if (event.shiftKey) redo()
  else undo()
}
