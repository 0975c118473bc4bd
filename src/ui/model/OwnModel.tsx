/** A person's own model: its files or the folder that holds them, picked or dropped. Nothing is sent anywhere. */
import { useState } from 'react'
import { Button, DropZone, FileTrigger } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { showModelsTrouble, takeFiles } from '../../state/models'
import { sessionStore } from '../../state/session'
import { cx } from '../common/cx'
import { fromDropItems, fromInput, type Intake } from '../task/fileIntake'
import css from './Model.module.css'

const ACCEPTED = ['.onnx', '.json', '.txt', '.onnx_data', '.data', '.bin']

export function OwnModel({ locked }: { readonly locked: boolean }) {
  const [over, setOver] = useState(false)
  const inUse = useStore(sessionStore, (s) => (s.model?.origin === 'files' ? s.model : null))

  function take({ name, files }: Intake) {
    if (files.length > 0) return void takeFiles(name, files)
    showModelsTrouble({ message: t('models.own.empty'), remedy: t('models.own.emptyRemedy') })
  }
  const pick = (list: FileList | null) => {
    if (list && list.length > 0) take(fromInput([...list]))
  }

  return (
    <DropZone
      className={cx(css.model, css.own, over && css.over, inUse && css.chosen)}
      isDisabled={locked}
      onDropEnter={() => setOver(true)}
      onDropExit={() => setOver(false)}
      onDrop={({ items }) => void fromDropItems(items).then(take)}
      data-testid="model-drop"
      aria-label={t('models.own.title')}
    >
      <div>
        <h3 className={css.title}>{inUse?.title ?? t('models.own.title')}</h3>
        <p className={css.small}>{t('models.own.text')}</p>
      </div>
      <div className={css.actions}>
        {inUse && <p className={css.state}>{t('models.inUse')}</p>}
        <FileTrigger acceptDirectory onSelect={pick}>
          <Button className={css.button} isDisabled={locked} data-testid="model-folder">
            {t('models.own.folder')}
          </Button>
        </FileTrigger>
        <FileTrigger allowsMultiple acceptedFileTypes={ACCEPTED} onSelect={pick}>
          <Button className={css.button} isDisabled={locked} data-testid="model-files">
            {t('models.own.files')}
          </Button>
        </FileTrigger>
        <span className={css.hint}>{t('models.own.drop')}</span>
      </div>
    </DropZone>
  )
}
