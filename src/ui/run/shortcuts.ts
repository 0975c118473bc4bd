/** Keyboard shortcuts: one table, used by the listener and by tests. Silent while a person types or works a control. */
import { stepRun, stopRun, toggleRun } from '../../state/run'
import { taskStore } from '../../state/task'
import { toggleDisplay, toggleWipe } from '../../state/view'

export const shortcuts: Readonly<Record<string, () => unknown>> = {
  ' ': toggleRun,
  s: stepRun,
  x: stopRun,
  b: toggleWipe,
  d: toggleDisplay,
}

const TYPING =
  'input:not([type=range]), textarea, select, [contenteditable], [role=listbox], [role=combobox], [role=dialog]'
/** Controls that do something of their own on space. */
const PRESSABLE = `${TYPING}, button, a[href], summary, input, [role=slider], [role=button], [role=radio]`

export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly repeat: boolean
}

/** The action of a key press, or undefined. `inside` tells whether the focused element lies within a selector. */
export function shortcutOf(press: KeyPress, inside: (selector: string) => boolean): (() => unknown) | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat) return undefined
  if (inside(press.key === ' ' ? PRESSABLE : TYPING)) return undefined
  return shortcuts[press.key.toLowerCase()]
}

/** Listens on the document; returns the undoing. */
export function listenForShortcuts(): () => void {
  const onKey = (event: KeyboardEvent) => {
    const target = event.target instanceof Element ? event.target : null
    const action = shortcutOf(event, (selector) => target?.closest(selector) != null)
    if (!action || taskStore.getState().info === null) return
    event.preventDefault()
    void action()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}
