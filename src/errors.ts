/**
 * Errors meant for the person at the screen: one sentence that says what is wrong, one that says what to do.
 * Thrown where outside data enters (files, models, adapters); everything else throws plain Errors naming tensors.
 */
import { said, sentenceOf, textOf, type Sentence } from './sentence'

/** What the program can do about an error, where there is something: noRoom = albums used longest ago may make room. */
export type Reason = 'noRoom'

export interface UserErrorOptions extends ErrorOptions {
  readonly reason?: Reason | undefined
}

export class UserError extends Error {
  override readonly name = 'UserError'
  /** What the person can do about it, as a sentence. */
  readonly remedy: string
  /** Both sentences with what they were filled in with, for other languages. */
  readonly said: SaidTrouble
  readonly reason: Reason | undefined

  constructor(message: string | Sentence, remedy: string | Sentence, options?: UserErrorOptions) {
    const sentences = { message: sentenceOf(message), remedy: sentenceOf(remedy) }
    super(textOf(sentences.message), options)
    this.said = sentences
    this.remedy = textOf(sentences.remedy)
    this.reason = options?.reason
  }
}

export interface SaidTrouble {
  readonly message: Sentence
  readonly remedy: Sentence
}

/** What went wrong and what to do about it: as plain values, between threads and in records. */
export interface Trouble {
  readonly message: string
  readonly remedy: string
  /** Left out where both are constant sentences, or no sentence of this program. */
  readonly said?: SaidTrouble
  readonly reason?: Reason
}

/** Nobody answered at an address: the server has stopped, or the network is away. What was done before is not lost. */
export function unreachable(url: string, cause: unknown): UserError {
  const { host, pathname } = new URL(url)
  const own = globalThis.location?.host === host
  const server = own ? said`The server of this page, ${host},` : said`The server ${host}`
  return new UserError(
    said`${server} cannot be reached: ${pathname.slice(pathname.lastIndexOf('/') + 1)} could not be fetched.`,
    own
      ? 'Start it again (npm start), or check the network, then try once more: nothing is lost, and the page need not be reloaded.'
      : 'Check the network, then try once more: nothing is lost, and the page need not be reloaded.',
    { cause },
  )
}

/** The sentence and remedy of any thrown thing; for logs and messages between threads. */
export function describeError(error: unknown): Trouble {
  if (error instanceof UserError) {
    const { reason, said: sentences } = error
    return { ...troubleSaid(sentences.message, sentences.remedy), ...(reason && { reason }) }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { message, remedy: 'This looks like a defect of the program; please report it with the steps that led here.' }
}

/** A trouble that nobody throws. */
export function troubleSaid(message: string | Sentence, remedy: string | Sentence): Trouble {
  const sentences = { message: sentenceOf(message), remedy: sentenceOf(remedy) }
  const filled = sentences.message.values.length + sentences.remedy.values.length > 0
  return { message: textOf(sentences.message), remedy: textOf(sentences.remedy), ...(filled && { said: sentences }) }
}

/** The error that a trouble tells of. */
export const errorFrom = ({ message, remedy, reason, said: sentences }: Trouble): UserError =>
  new UserError(sentences?.message ?? message, sentences?.remedy ?? remedy, { reason })
