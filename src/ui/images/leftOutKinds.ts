/** Kinds of reasons why a file was not taken: what a reason says of one file alone is left to that file. */
import { say } from '../../i18n/said'

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^the same picture as /, 'the same picture again'],
  [/^the same picture lies in /, 'the same picture in two classes'],
  [/^does not decode: /, 'does not decode'],
  [/^cannot be read: /, 'cannot be read'],
  [/ pixels, too small /, 'too small'],
  [/ images cannot be read here: /, 'an image that cannot be read here: save it as PNG or JPEG'],
  [/^named in .*, but not among the pictures$/, 'named in a table, but not among the pictures'],
]

/** English, the same for all files that were left out for the same reason. */
export const kindOf = (reason: string): string => KINDS.find(([form]) => form.test(reason))?.[1] ?? reason

/** In the language of the page, where its table has it (i18n/said-zh.ts). */
export const kindInWords = (kind: string): string => say({ template: kind, values: [] })
