/** The page's sentences in Chinese (simplified). Keys as in `en.ts`; a test sees to it that none is missing. */
import type { Messages } from './t'

export const zh: Partial<Messages> = {
  'app.name': 'Passepartout',
}
