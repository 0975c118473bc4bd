/** What can be done with the selected pictures: give them a class, take that back, leave them out. */
import { useId, useState } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import type { ArrangedClass } from '../../data/arrangement'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { AlbumInfo } from '../../lab/protocol-images'
import { label, takeOut, unlabel } from '../../state/images'
import { imagesStore } from '../../state/images-store'
import { isActive, runStore } from '../../state/run'
import css from './Images.module.css'

const NO_CLASSES: readonly ArrangedClass[] = []
const NO_DIGESTS: readonly string[] = []

interface PictureToolsProps {
  readonly album: AlbumInfo
  readonly shown: readonly number[]
  readonly selected: ReadonlySet<number>
  readonly onSelect: (selected: ReadonlySet<number>) => void
}

export function PictureTools({ album, shown, selected, onSelect }: PictureToolsProps) {
  const [name, setName] = useState('')
  const names = useStore(imagesStore, (s) => s.arrangement?.classes ?? NO_CLASSES)
  const without = useStore(imagesStore, (s) => s.arrangement?.without ?? NO_DIGESTS)
  const locked = useStore(runStore, (s) => isActive(s.status))
  const list = useId()
  const digests = [...selected].map((image) => album.digests[image]!)
  const none = locked || digests.length === 0
  const out = digests.some((digest) => !without.includes(digest))
  function give() {
    label(digests, name)
    onSelect(new Set())
  }
  return (
    <div className={css.tools}>
      <Button
        className={css.small}
        onPress={() => onSelect(selected.size > 0 ? new Set() : new Set(shown))}
        data-testid="select-all"
      >
        {t(selected.size > 0 ? 'grid.selectNone' : 'grid.selectAll')}
      </Button>
      <span className={css.note} role="status" data-testid="selected-count">
        {selected.size > 0 && t('grid.selected', { count: count(selected.size) })}
      </span>
      <form
        className={css.give}
        onSubmit={(event) => {
          event.preventDefault()
          if (!none && name.trim() !== '') give()
        }}
      >
        <input
          aria-label={t('grid.give')}
          placeholder={t('grid.give')}
          list={list}
          value={name}
          disabled={locked}
          onChange={(event) => setName(event.target.value)}
          data-testid="give-class"
        />
        <datalist id={list}>
          {names.map((one) => (
            <option key={one.key} value={one.name} />
          ))}
        </datalist>
        <Button className={css.small} type="submit" isDisabled={none || name.trim() === ''} data-testid="give-button">
          {t('grid.giveButton')}
        </Button>
      </form>
      <Button className={css.small} isDisabled={none} onPress={() => unlabel(digests)} data-testid="unlabel">
        {t('grid.unlabel')}
      </Button>
      <Button className={css.small} isDisabled={none} onPress={() => takeOut(digests, out)} data-testid="take-out">
        {t(out || none ? 'grid.takeOut' : 'grid.putBack')}
      </Button>
    </div>
  )
}
