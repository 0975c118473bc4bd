/** Under the border: the switch between its displays, what their colours mean, and the strength on the pictures. */
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { BORDER_DISPLAYS, setDisplay, viewStore, type BorderDisplay } from '../../state/view'
import { Legend } from './Legend'
import type { Palettes } from './palette'
import css from './stage.module.css'
import { Strength } from './Strength'

export function BorderCaption({ side, palettes }: { readonly side: number; readonly palettes: Palettes }) {
  const display = useStore(viewStore, (s) => s.display)
  return (
    <>
      <h2 className={css.title}>{t('border.title')}</h2>
      <ToggleButtonGroup
        aria-label={t('border.display')}
        className={css.displays}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[display]}
        onSelectionChange={(keys) => {
          for (const key of keys) setDisplay(key as BorderDisplay)
        }}
      >
        {BORDER_DISPLAYS.map((name) => (
          <ToggleButton
            key={name}
            id={name}
            className={css.switchItem}
            {...(name in SHORT ? { 'aria-label': t(`border.${name}`) } : {})}
            data-testid={`display-${name}`}
          >
            {t(SHORT[name as keyof typeof SHORT] ?? `border.${name}`)}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <Legend display={display} side={side} palettes={palettes} />
      <Strength />
    </>
  )
}

/** What is written on the switch where the name is too long for it. */
const SHORT = { red: 'border.red.short', green: 'border.green.short', blue: 'border.blue.short' } as const
