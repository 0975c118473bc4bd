/** Which kept border is measured on the pictures and the model that are loaded now; what does not fit says why. */
import { useEffect } from 'react'
import { Button, Dialog, Heading, Menu, MenuItem, Modal, ModalOverlay, Text } from 'react-aria-components'
import { useStore } from 'zustand'
import { taskTitle } from '../../i18n/names'
import { sampleText, t } from '../../i18n/t'
import { runName } from '../../state/comparison-sides'
import { keptRunsStore, refreshRuns } from '../../state/kept-runs'
import { transferRun, whyNotTransfer } from '../../state/repeats'
import { openView } from '../../state/route'
import { sessionStore } from '../../state/session'
import { closeShell } from '../../state/shell'
import { taskStore } from '../../state/task'
import css from './Runs.module.css'
import { RunThumb } from './RunThumb'

export function TransferDialog() {
  useEffect(() => void refreshRuns(), [])
  const read = useStore(keptRunsStore, (s) => s.read)
  const records = useStore(keptRunsStore, (s) => s.records)
  const task = useStore(taskStore, (s) => s.info && sampleText(s.info.id, 'title', s.info.title))
  const model = useStore(sessionStore, (s) => s.model?.title)
  const offered = records.map((record) => ({ record, why: whyNotTransfer(record) }))
  // What can be measured first; both parts newest first.
  const all = [...offered.filter(({ why }) => why === null), ...offered.filter(({ why }) => why !== null)]
  const take = (id: string) => {
    const chosen = records.find((record) => record.id === id)
    closeShell()
    if (!chosen) return
    openView('learn')
    void transferRun(chosen)
  }
  return (
    <ModalOverlay className={css.overlay} isOpen isDismissable onOpenChange={(open) => open || closeShell()}>
      <Modal className={css.modal}>
        <Dialog className={css.dialog} data-testid="transfer-dialog">
          <Heading slot="title">{t('runs.transfer.title')}</Heading>
          <p>{t('runs.transfer.about', { task: task ?? '', model: model ?? '' })}</p>
          {read && all.length === 0 && <p className={css.note}>{t('runs.transfer.none')}</p>}
          <Menu
            className={css.borders}
            aria-label={t('runs.transfer.title')}
            items={all.map(({ record, why }) => ({ id: record.id, record, why }))}
            disabledKeys={all.filter(({ why }) => why !== null).map(({ record }) => record.id)}
            onAction={(id) => take(String(id))}
          >
            {({ id, record, why }) => (
              <MenuItem id={id} className={css.borderItem} textValue={runName(record)}>
                <RunThumb record={record} />
                <span>
                  <Text slot="label">{runName(record)}</Text>
                  <Text slot="description" className={css.sub}>
                    {why ?? t('runs.transfer.from', { model: record.model.title, task: taskTitle(record.task) })}
                  </Text>
                </span>
              </MenuItem>
            )}
          </Menu>
          <div className={css.buttons}>
            <Button className={css.quiet} onPress={closeShell}>
              {t('runs.repeat.cancel')}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
