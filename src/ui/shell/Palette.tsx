/** The command palette: everything that can be done now, found by a word of its name. */
import { Autocomplete, Dialog, Input, Menu, MenuItem, Modal, ModalOverlay, SearchField } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { ACTION_GROUPS, actionsStore, titleOf, type Action } from '../../state/actions'
import { closeShell } from '../../state/shell'
import { KeyCaps } from './KeyCaps'
import css from './Overlays.module.css'

export function Palette() {
  const actions = useStore(actionsStore, (s) => s.actions)
  const possible = ACTION_GROUPS.flatMap((group) =>
    actions.filter((action) => action.group === group && action.id !== 'page.palette' && action.enabled()),
  )
  return (
    <ModalOverlay className={css.overlay} isOpen onOpenChange={(open) => open || closeShell()} isDismissable>
      <Modal className={css.palette}>
        <Dialog aria-label={t('palette.label')} data-testid="palette" className={css.dialog}>
          <Autocomplete filter={contains}>
            <SearchField aria-label={t('palette.label')} autoFocus className={css.search}>
              <Input placeholder={t('palette.placeholder')} className={css.input} />
            </SearchField>
            <Menu
              aria-label={t('palette.label')}
              className={css.found}
              items={possible}
              onAction={(id) => act(possible, String(id))}
              renderEmptyState={() => <p className={css.none}>{t('palette.none')}</p>}
            >
              {(action) => (
                <MenuItem id={action.id} textValue={titleOf(action)} className={css.item}>
                  <span>{titleOf(action)}</span>
                  <span className={css.group}>{t(`action.group.${action.group}`)}</span>
                  <KeyCaps keys={action.keys} />
                </MenuItem>
              )}
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

/** Every word typed is somewhere in the name. */
function contains(name: string, typed: string): boolean {
  const text = name.toLocaleLowerCase()
  return typed
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

function act(actions: readonly Action[], id: string): void {
  // Closed first: the action may open something else in its place.
  closeShell()
  actions.find((action) => action.id === id)?.run()
}
