/** The classes in their order: renamed in place, merged, excluded, moved by drag or by buttons, each with its text. */
import { useState } from 'react'
import { Button, Checkbox, GridList, GridListItem, useDragAndDrop, type Selection } from 'react-aria-components'
import { useStore } from 'zustand'
import type { ArrangedClass } from '../../data/arrangement'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { include, merge, move, nudge, rename, show, unmerge } from '../../state/images'
import { imagesStore } from '../../state/images-store'
import { isActive, runStore } from '../../state/run'
import { cx } from '../common/cx'
import css from './Images.module.css'

export function ClassEditor() {
  const classes = useStore(imagesStore, (s) => s.arrangement?.classes)
  const locked = useStore(runStore, (s) => isActive(s.status))
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set())
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder: ({ keys, target }) => {
      if (target.dropPosition !== 'on') move(new Set([...keys].map(String)), String(target.key), target.dropPosition)
    },
    isDisabled: locked,
  })
  if (!classes || classes.length === 0) return null
  const selected = new Set(classes.filter(({ key }) => selection.has(key)).map(({ key }) => key))
  return (
    <section aria-labelledby="class-editor-heading">
      <h2 id="class-editor-heading" className={css.heading}>
        {t('classEditor.heading')} <span className={css.note}>{classes.length}</span>
      </h2>
      <p className={css.about}>{t('classEditor.about')}</p>
      <Toolbar classes={classes} selected={selected} locked={locked} />
      <GridList
        aria-label={t('classEditor.list')}
        className={css.classes}
        items={classes}
        dependencies={[locked]}
        selectionMode="multiple"
        selectedKeys={selected}
        onSelectionChange={(keys: Selection) =>
          setSelection(new Set(keys === 'all' ? classes.map(({ key }) => key) : [...keys].map(String)))
        }
        disallowTypeAhead
        keyboardNavigationBehavior="tab"
        dragAndDropHooks={dragAndDropHooks}
        data-testid="class-editor"
      >
        {(one) => (
          <GridListItem id={one.key} textValue={one.name} className={css.class} data-testid="edited-class">
            <Button slot="drag" className={css.drag} aria-label={t('classEditor.drag', { name: one.name })}>
              ⠿
            </Button>
            <Checkbox slot="selection" className={css.check}>
              <span className={css.box} aria-hidden="true" />
            </Checkbox>
            <ClassRow one={one} locked={locked} />
          </GridListItem>
        )}
      </GridList>
    </section>
  )
}

interface ToolbarProps {
  readonly classes: readonly ArrangedClass[]
  readonly selected: ReadonlySet<string>
  readonly locked: boolean
}

function Toolbar({ classes, selected, locked }: ToolbarProps) {
  const chosen = classes.filter(({ key }) => selected.has(key))
  const none = locked || chosen.length === 0
  const [only] = chosen
  const anyIn = chosen.some(({ included }) => included)
  const act = (name: string, title: string, disabled: boolean, run: () => void) => (
    <Button key={name} className={css.small} isDisabled={disabled} onPress={run} data-testid={`classes-${name}`}>
      {title}
    </Button>
  )
  return (
    <div className={css.toolbar} role="toolbar" aria-label={t('classEditor.toolbar')}>
      {act('merge', t('classEditor.merge'), locked || chosen.length < 2, () => merge(selected))}
      {act('unmerge', t('classEditor.unmerge'), locked || chosen.length !== 1 || only!.folders.length < 2, () =>
        unmerge(only!.key),
      )}
      {act('exclude', t(anyIn || none ? 'classEditor.exclude' : 'classEditor.include'), none, () =>
        include(selected, !anyIn),
      )}
      {act('up', t('classEditor.up'), none, () => nudge(selected, -1))}
      {act('down', t('classEditor.down'), none, () => nudge(selected, 1))}
    </div>
  )
}

function ClassRow({ one, locked }: { readonly one: ArrangedClass; readonly locked: boolean }) {
  const { key, name, folders, included } = one
  const renamed = folders.length > 1 || (folders[0] !== undefined && folders[0] !== name)
  return (
    <div className={cx(css.row, !included && css.excluded)}>
      <Name key={name} one={one} locked={locked} />
      <span className={css.counted}>
        <Counts of={key} />
        <Only of={one} />
      </span>
      {!included && <span className={css.tag}>{t('classEditor.excluded')}</span>}
      {renamed && <span className={css.folders}>{t('classEditor.of', { folders: folders.join(', ') })}</span>}
      {included && <Prompt of={key} />}
    </div>
  )
}

function Name({ one: { key, name, folders }, locked }: { readonly one: ArrangedClass; readonly locked: boolean }) {
  const [text, setText] = useState(name)
  const commit = () => (text.trim() === '' ? setText(name) : text === name || rename(key, text))
  return (
    <input
      className={css.name}
      value={text}
      disabled={locked}
      aria-label={t('classEditor.name', { folder: folders[0] ?? key })}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onPointerDown={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        // The list would move and select by these.
        event.stopPropagation()
        if (event.key === 'Enter') event.currentTarget.blur()
        if (event.key === 'Escape') setText(name)
      }}
      data-testid="class-name"
    />
  )
}

/** Numbers of the lab's answer: a class that is still on its way there has none yet. */
function Counts({ of }: { readonly of: string }) {
  const counts = useStore(imagesStore, (s) => {
    const at = s.arranged?.task?.classes.findIndex(({ folder }) => folder === of) ?? -1
    const all = s.arranged?.task?.counts
    return at < 0 || !all ? null : [all.train[at], all.val[at], all.test[at]].map((n) => count(n ?? 0)).join(' / ')
  })
  return <span className={css.counts}>{counts}</span>
}

/** The grid beside shows this class alone, and all again. */
function Only({ of: { key, name } }: { readonly of: ArrangedClass }) {
  const alone = useStore(imagesStore, (s) => s.filter.label === key)
  return (
    <Button
      className={css.only}
      aria-label={t(alone ? 'classEditor.all.of' : 'classEditor.only.of', { name })}
      onPress={() => show({ label: alone ? null : key })}
      data-testid="only-these"
    >
      {t(alone ? 'classEditor.all' : 'classEditor.only')}
    </Button>
  )
}

function Prompt({ of }: { readonly of: string }) {
  const arranged = useStore(imagesStore, (s) => s.arranged)
  const included = arranged?.arrangement.classes.filter((one) => one.included) ?? []
  const at = included.findIndex(({ key }) => key === of)
  const prompts = arranged?.prompts
  if (!prompts || at < 0) return null
  const tokens = prompts.tokens[at]!
  return (
    <span className={css.prompt} data-testid="prompt">
      “{prompts.texts[at]}”
      {tokens > prompts.most && (
        <em className={css.warning}>{t('classEditor.tokens', { tokens, most: prompts.most })}</em>
      )}
    </span>
  )
}
