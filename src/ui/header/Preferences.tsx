/** Light or dark, the language, and the two doors to everything else: the palette and the sheet of keys. */
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { LANGUAGE_NAMES, LANGUAGES } from '../../i18n/languages'
import { t } from '../../i18n/t'
import { perform } from '../../state/actions'
import { appearanceStore, setLanguage, setTheme, THEMES } from '../../state/appearance'
import css from './Preferences.module.css'

export function Preferences() {
  const { theme, language } = useStore(appearanceStore)
  return (
    <div className={css.preferences}>
      <Button className={css.quiet} onPress={() => perform('page.tour')} data-testid="open-tour">
        {t('tour.open')}
      </Button>
      <Button
        className={css.quiet}
        onPress={() => perform('page.palette')}
        aria-keyshortcuts="Control+K"
        data-testid="open-palette"
      >
        {t('palette.open')}
      </Button>
      <Button className={css.quiet} onPress={() => perform('page.keys')} aria-keyshortcuts="?" data-testid="open-keys">
        {t('keys.title')}
      </Button>
      <select
        className={css.quiet}
        aria-label={t('appearance.theme')}
        value={theme}
        data-testid="theme"
        onChange={({ target }) => setTheme(THEMES.find((one) => one === target.value) ?? 'auto')}
      >
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {t(`appearance.theme.${one}`)}
          </option>
        ))}
      </select>
      <select
        className={css.quiet}
        aria-label={t('appearance.language')}
        value={language}
        data-testid="language"
        onChange={({ target }) => void setLanguage(LANGUAGES.find((one) => one === target.value) ?? 'en')}
      >
        {LANGUAGES.map((one) => (
          <option key={one} value={one} lang={one}>
            {LANGUAGE_NAMES[one]}
          </option>
        ))}
      </select>
    </div>
  )
}
