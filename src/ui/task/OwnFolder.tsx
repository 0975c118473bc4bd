/** A person's own pictures: a folder or a zip, picked or dropped. Nothing is sent anywhere. */
import { memo, useState } from 'react'
import { Button, DropZone, FileTrigger } from 'react-aria-components'
import { t } from '../../i18n/t'
import { chooseFiles, showTaskTrouble } from '../../state/task'
import { cx } from '../common/cx'
import { fromDrop, fromInput, type Intake } from './fileIntake'
import css from './TaskChooser.module.css'

interface OwnFolderProps {
  /** Name of the folder that is loaded, or null. */
  readonly chosen: string | null
  readonly disabled: boolean
}

export const OwnFolder = memo(function OwnFolder({ chosen, disabled }: OwnFolderProps) {
  const [over, setOver] = useState(false)

  function take({ name, files }: Intake) {
    if (files.length > 0) return void chooseFiles(name, files)
    showTaskTrouble({ message: t('own.empty'), remedy: t('own.emptyRemedy') })
  }
  const pick = (list: FileList | null) => {
    if (list && list.length > 0) take(fromInput([...list]))
  }

  return (
    <DropZone
      className={cx(css.own, over && css.over, chosen !== null && css.chosen)}
      isDisabled={disabled}
      onDropEnter={() => setOver(true)}
      onDropExit={() => setOver(false)}
      onDrop={({ items }) => void fromDrop(items).then(take)}
      data-testid="drop-area"
      aria-label={t('own.title')}
    >
      <span className={css.title}>{chosen ?? t('own.title')}</span>
      <span className={css.description}>{t('own.text')}</span>
      <span className={css.ways}>
        <FileTrigger acceptDirectory onSelect={pick}>
          <Button className={css.way} isDisabled={disabled} data-testid="own-folder">
            {t('own.folder')}
          </Button>
        </FileTrigger>
        <FileTrigger acceptedFileTypes={['.zip', 'application/zip']} onSelect={pick}>
          <Button className={css.way} isDisabled={disabled} data-testid="own-zip">
            {t('own.zip')}
          </Button>
        </FileTrigger>
        <span className={css.hint}>{over ? t('own.dropNow') : t('own.drop')}</span>
      </span>
    </DropZone>
  )
})
