/** From a key press to an action. Silent while a person types or works a control. */
import { actionsStore, type Action } from '../../state/actions'
import { shellStore, type ShellState } from '../../state/shell'

const TYPING =
  'input:not([type=range]), textarea, select, [contenteditable], [role=listbox], [role=combobox], [role=dialog], [role=grid], [role=menu]'
/** Controls that do something of their own on space. */
const PRESSABLE = `${TYPING}, button, a[href], summary, input, [role=slider], [role=button], [role=radio], [role=tab]`

export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  readonly repeat: boolean
}

/** As actions write it: "mod+shift+z", "?", " ". Shift counts only beside `mod`: "?" needs it on some keyboards, not on others. */
export function keysOf({ key, ctrlKey, metaKey, shiftKey }: KeyPress): string {
  const name = key.toLowerCase()
  return ctrlKey || metaKey ? `mod+${shiftKey ? 'shift+' : ''}${name}` : name
}

/** The action of a key press, or undefined. `inside` tells whether the focused element lies within a selector. */
export function actionOf(
  press: KeyPress,
  inside: (selector: string) => boolean,
  actions: readonly Action[] = actionsStore.getState().actions,
): Action | undefined {
  if (press.altKey || press.repeat) return undefined
  const keys = keysOf(press)
  const action = actions.find((one) => one.keys === keys)
  if (!action?.enabled()) return undefined
  // Undo inside a text field is the field's; the palette opens from anywhere.
  const blocked = keys === ' ' ? PRESSABLE : keys === 'mod+k' ? '[role=dialog]' : TYPING
  return inside(blocked) ? undefined : action
}

/** What may lie over the page while its keys work. */
const NON_MODAL: ReadonlySet<ShellState['open']> = new Set([null, 'tour'])

/** Listens on the document; returns the undoing. */
export function listenForKeys(): () => void {
  const onKey = (event: KeyboardEvent) => {
    // What opens is fetched first: what a person types for it meanwhile is meant for nothing that lies below.
    if (!NON_MODAL.has(shellStore.getState().open)) return
    const target = event.target instanceof Element ? event.target : null
    const action = actionOf(event, (selector) => target?.closest(selector) != null)
    if (!action) return
    event.preventDefault()
    action.run()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

const isMac = () => /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? '')

/** The keys as they are printed: "mod+shift+z" -> ["Ctrl", "Shift", "Z"]. `space` is the word for the space bar. */
export function keyNames(keys: string, space: string): string[] {
  if (keys === ' ') return [space]
  return keys
    .split('+')
    .map((part) => (part === 'mod' ? (isMac() ? '⌘' : 'Ctrl') : part === 'shift' ? 'Shift' : part.toUpperCase()))
}
