/** One kind of broken input: how it is offered, and what is said of it. */
import { describeError, UserError } from '../../src/errors'
import { inWords } from '../../src/i18n/said'

export interface Kind {
  /** Ends with a refusal; where a part is passed over and the rest is read, with what was said of the part. */
  readonly offer: () => unknown
  /** What the sentence holds. */
  readonly says: string | RegExp
}
export type Kinds = Readonly<Record<string, Kind>>

export const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content)

/** Kinds that all go through one reader. */
export const offered = <T>(
  broken: Readonly<Record<string, readonly [T, string | RegExp]>>,
  read: (given: T) => unknown,
): Kinds =>
  Object.fromEntries(Object.entries(broken).map(([kind, [given, says]]) => [kind, { offer: () => read(given), says }]))

/** The sentence a person reads, in the language that is loaded, and the remedy where the whole was refused. */
export async function said({ offer }: Kind): Promise<{ readonly message: string; readonly remedy: string | null }> {
  try {
    const passedOver = await offer()
    if (typeof passedOver !== 'string' || passedOver === '') throw new Error('nothing was refused, and nothing said')
    return { message: passedOver, remedy: null }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return inWords(describeError(error))
  }
}
