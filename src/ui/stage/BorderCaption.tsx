/** Under the border: the switch between its displays, what their colours mean, and the strength on the pictures. */
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { BORDER_DISPLAYS, setDisplay, viewStore } from '../../state/view'
import { Choice } from '../common/Choice'
import { Legend } from './Legend'
import type { Palettes } from './palette'
import css from './stage.module.css'
import { Strength } from './Strength'

export function BorderCaption({ side, palettes }: { readonly side: number; readonly palettes: Palettes }) {
  const display = useStore(viewStore, (s) => s.display)
  return (
    <>
      <h2 className={css.title}>{t('border.title')}</h2>
      <Choice
        aria-label={t('border.display')}
        className={css.displays}
        of={BORDER_DISPLAYS}
        chosen={display}
        onChoose={setDisplay}
        titleOf={(name) => t(SHORT[name as keyof typeof SHORT] ?? `border.${name}`)}
        nameOf={(name) => (name in SHORT ? t(`border.${name}`) : undefined)}
        testId="display"
      />
      <Legend display={display} side={side} palettes={palettes} />
      <Strength />
    </>
  )
}

/** What is written on the switch where the name is too long for it. */
const SHORT = { red: 'border.red.short', green: 'border.green.short', blue: 'border.blue.short' } as const
