/** How the page looks and speaks: light or dark, and its language. Kept between visits. */
import { createStore } from 'zustand/vanilla'
import { LANGUAGES, loadLanguage, type Language } from '../i18n/languages'
import { rememberedText, rememberText } from './remembered'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export interface Appearance {
  readonly theme: Theme
  /** The language that the page speaks now. */
  readonly language: Language
}

const oneOf = <T extends string>(all: readonly T[], text: string | null | undefined): T | undefined =>
  all.find((one) => one === text)

/** What was chosen before, else the browser's first language that there is a table for. */
function startingLanguage(): Language {
  const spoken = (globalThis.navigator?.languages ?? []).map((tag) => tag.slice(0, 2).toLowerCase())
  const known = spoken.map((tag) => oneOf(LANGUAGES, tag)).find((language) => language !== undefined)
  return oneOf(LANGUAGES, rememberedText('language')) ?? known ?? 'en'
}

export const appearanceStore = createStore<Appearance>(() => ({
  theme: oneOf(THEMES, rememberedText('theme')) ?? 'auto',
  language: 'en',
}))

export function setTheme(theme: Theme): void {
  rememberText('theme', theme === 'auto' ? null : theme)
  appearanceStore.setState({ theme })
  showAppearance()
}

/** The dark of a light page and the light of a dark one, whatever the system says. */
export function toggleTheme(): void {
  setTheme(isDark() ? 'light' : 'dark')
}

/** @throws Error when the language's table cannot be fetched; the page goes on in the one it speaks */
export async function setLanguage(language: Language): Promise<void> {
  await loadLanguage(language)
  rememberText('language', language)
  appearanceStore.setState({ language })
  showAppearance()
}

export const nextLanguage = (): Language =>
  LANGUAGES[(LANGUAGES.indexOf(appearanceStore.getState().language) + 1) % LANGUAGES.length]!

/** Before the first drawing. A table that cannot be had leaves the page in English. */
export async function openAppearance(): Promise<void> {
  const language = startingLanguage()
  try {
    await loadLanguage(language)
    appearanceStore.setState({ language })
  } catch {
    // English is always here.
  }
  showAppearance()
}

function showAppearance(): void {
  const { theme, language } = appearanceStore.getState()
  const { dataset } = document.documentElement
  if (theme === 'auto') delete dataset.theme
  else dataset.theme = theme
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : language
}

export const DARK_QUERY = '(prefers-color-scheme: dark)'

export function isDark(): boolean {
  const { theme } = appearanceStore.getState()
  return theme === 'auto' ? globalThis.matchMedia(DARK_QUERY).matches : theme === 'dark'
}
