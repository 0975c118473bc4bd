/** The sheet of keys: every action that has one, by what it is about. */
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { ACTION_GROUPS, actionsStore, titleOf } from '../../state/actions'
import { closeShell } from '../../state/shell'
import { KeyCaps } from './KeyCaps'
import css from './Overlays.module.css'

export function KeySheet() {
  const actions = useStore(actionsStore, (s) => s.actions).filter(({ keys }) => keys !== null)
  const groups = ACTION_GROUPS.filter((group) => actions.some((action) => action.group === group))
  return (
    <ModalOverlay className={css.overlay} isOpen onOpenChange={(open) => open || closeShell()} isDismissable>
      <Modal className={css.sheet}>
        <Dialog data-testid="key-sheet" className={css.dialog}>
          <div className={css.top}>
            <Heading slot="title" className={css.title}>
              {t('keys.title')}
            </Heading>
            <Button className={css.close} onPress={closeShell} aria-label={t('keys.close')}>
              ×
            </Button>
          </div>
          <p className={css.about}>{t('keys.about')}</p>
          <div className={css.groups}>
            {groups.map((group) => (
              <section key={group}>
                <h3 className={css.groupTitle}>{t(`action.group.${group}`)}</h3>
                <dl className={css.keys}>
                  {actions
                    .filter((action) => action.group === group)
                    .map((action) => (
                      <div key={action.id}>
                        <dt>{titleOf(action)}</dt>
                        <dd>
                          <KeyCaps keys={action.keys} />
                        </dd>
                      </div>
                    ))}
                </dl>
              </section>
            ))}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
