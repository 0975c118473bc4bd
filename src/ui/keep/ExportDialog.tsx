/** A run as files: what each of them is for, in a line; and the same run as a command. */
import { useEffect, useState } from 'react'
import { Button, Checkbox, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useStore } from 'zustand'
import type { RunCommand } from '../../formats/command-line'
import { say } from '../../i18n/said'
import { t } from '../../i18n/t'
import type { ExportKind } from '../../lab/protocol-runs'
import type { RunRecord } from '../../records/run-record'
import { runName } from '../../state/comparison-sides'
import { closeExport, commandOf, portableStore, writeFile } from '../../state/portable'
import { taskStore } from '../../state/task'
import { Alert } from '../common/Alert'
import { saveFile } from '../common/saveFile'
import { svgToPng } from '../common/svgToPng'
import css from './keep.module.css'
import { isThere, OF_BORDER, OF_FIGURES, saveExport, type RunExport } from './saveExport'

export function ExportDialog({ record }: { readonly record: RunRecord }) {
  const trouble = useStore(portableStore, (s) => s.trouble)
  const busy = useStore(portableStore, (s) => s.busy)
  const here = useStore(taskStore, (s) => s.info?.fingerprint === record.task.fingerprint)
  const [withImages, setWithImages] = useState(false)
  const save = (kind: ExportKind) => saveExport([record], kind, { withImages: withImages && here })
  /** A drawing as the picture that it makes. */
  const savePicture = async (kind: ExportKind) => {
    const file = await writeFile([record], kind)
    if (!file) return
    const picture = await svgToPng(new TextDecoder().decode(file.bytes))
    saveFile(file.name.replace(/svg$/, 'png'), 'image/png', picture)
  }
  // The one at work is pending, not disabled: the keyboard stays with it.
  const one = (kind: RunExport) => (
    <li key={kind}>
      <span className={css.ways}>
        <Button
          className={css.file}
          isPending={busy === kind}
          isDisabled={(busy !== null && busy !== kind) || !isThere(kind, record)}
          onPress={() => void save(kind)}
          data-testid={`export-${kind}`}
        >
          {t(`keep.export.${kind}`)}
        </Button>
        {kind.endsWith('.svg') && (
          <Button
            className={css.file}
            isPending={busy === kind}
            isDisabled={(busy !== null && busy !== kind) || !isThere(kind, record)}
            aria-label={`PNG: ${t(`keep.export.${kind}`).replace(/\s*[(（].svg[)）]/, '')}`}
            onPress={() => void savePicture(kind)}
            data-testid={`export-${kind.replace(/svg$/, 'png')}`}
          >
            PNG
          </Button>
        )}
      </span>
      <span className={css.about}>{t(`keep.export.${kind}.about`)}</span>
    </li>
  )
  return (
    <ModalOverlay className={css.overlay} isOpen isDismissable onOpenChange={closeExport}>
      <Modal className={css.modal}>
        <Dialog className={css.dialog} data-testid="export-dialog">
          <Heading slot="title">{t('keep.export.title', { name: runName(record) })}</Heading>
          {trouble && <Alert trouble={trouble} />}
          <h3>{t('keep.export.project.heading')}</h3>
          <ul className={css.files}>{one('project')}</ul>
          <Checkbox
            className={css.check}
            isSelected={withImages && here}
            isDisabled={!here}
            onChange={setWithImages}
            data-testid="export-images"
          >
            <span className={css.box} aria-hidden="true" />
            {here ? t('keep.export.images') : t('keep.export.images.away')}
          </Checkbox>
          <h3>{t('keep.export.border')}</h3>
          <ul className={css.files}>{OF_BORDER.map(one)}</ul>
          <h3>{t('keep.export.figures')}</h3>
          <ul className={css.files}>{OF_FIGURES.map(one)}</ul>
          <Command record={record} />
          <Button className={css.quiet} onPress={closeExport}>
            {t('keep.export.close')}
          </Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Command({ record }: { readonly record: RunRecord }) {
  const [copied, setCopied] = useState(false)
  const [command, setCommand] = useState<RunCommand | null>(null)
  useEffect(() => {
    let wanted = true
    void commandOf(record).then((made) => wanted && setCommand(made))
    return () => {
      wanted = false
    }
  }, [record])
  if (!command) return null
  const copy = async () => {
    await navigator.clipboard.writeText(command.command)
    setCopied(true)
  }
  return (
    <>
      <h3>{t('keep.export.command')}</h3>
      <code className={css.command} data-testid="export-command">
        {command.command}
      </code>
      {command.notes.map((note) => (
        <p key={note.template} className={css.about} data-testid="export-note">
          {say(note)}
        </p>
      ))}
      <Button className={css.quiet} onPress={() => void copy().catch(() => setCopied(false))}>
        {copied ? t('keep.export.copied') : t('keep.export.copy')}
      </Button>
    </>
  )
}
