/** A person's own pictures: folders, pictures, a table of labels, zips; picked here or dropped anywhere. Nothing is sent. */
import { memo } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { perform } from '../../state/actions'
import { taskStore } from '../../state/task'
import { cx } from '../common/cx'
import css from './TaskChooser.module.css'

interface OwnFolderProps {
  /** Name of the folder that is loaded, or null. */
  readonly chosen: string | null
  readonly disabled: boolean
}

export const OwnFolder = memo(function OwnFolder({ chosen, disabled }: OwnFolderProps) {
  return (
    <div
      className={cx(css.own, chosen !== null && css.chosen)}
      role="group"
      data-testid="drop-area"
      aria-label={t('own.title')}
    >
      <span className={css.title}>{chosen ?? t('own.title')}</span>
      <span className={css.description}>{chosen === null ? t('own.text') : <Holds />}</span>
      <OwnButtons disabled={disabled} />
    </div>
  )
})

/** What was found in it. */
function Holds() {
  const info = useStore(taskStore, (s) => (s.loading ? null : s.info))
  if (!info) return t('own.text')
  const pictures = Object.values(info.counts).reduce((sum, counts) => counts.reduce((all, n) => all + n, sum), 0)
  return t('own.holds', { pictures: count(pictures), classes: count(info.classes.length) })
}

/** The keyboard's way to everything that can be dropped. */
export function OwnButtons({ disabled }: { readonly disabled: boolean }) {
  return (
    <span className={css.ways}>
      <Button
        className={css.way}
        isDisabled={disabled}
        onPress={() => perform('files.folder')}
        data-testid="own-folder"
      >
        {t('own.folder')}
      </Button>
      <Button className={css.way} isDisabled={disabled} onPress={() => perform('files.pictures')} data-testid="own-zip">
        {t('own.files')}
      </Button>
      <span className={css.hint}>{t('own.drop')}</span>
    </span>
  )
}
