/** The languages of the page. English is built in; the others are fetched when they are asked for. */
import { en } from './en'
import { setSaid } from './said'
import { setMessages } from './t'
import { setNumberLocale } from './format'

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

/** Each language in its own name. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' }

export async function loadLanguage(language: Language): Promise<void> {
  // A sentence that a table lacks is said in English; a test sees to it that none lacks.
  if (language === 'en') {
    setMessages(en)
    setSaid({})
  } else {
    const [{ zh }, { saidZh }] = await Promise.all([import('./zh'), import('./said-zh')])
    setMessages({ ...en, ...zh })
    setSaid(saidZh)
  }
  setNumberLocale(language)
}
