/**
 * Errors meant for the person at the screen: one sentence that says what is wrong, one that says what to do.
 * Thrown where outside data enters (files, models, adapters); everything else throws plain Errors naming tensors.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  constructor(
    message: string,
    /** What the person can do about it, as a sentence. */
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** Nobody answered at an address: the server has stopped, or the network is away. What was done before is not lost. */
export function unreachable(url: string, cause: unknown): UserError {
  const { host, pathname } = new URL(url)
  const own = globalThis.location?.host === host
  const server = own ? `The server of this page, ${host},` : `The server ${host}`
  return new UserError(
    `${server} cannot be reached: ${pathname.slice(pathname.lastIndexOf('/') + 1)} could not be fetched.`,
    `${own ? 'Start it again (npm start), or check the network' : 'Check the network'}, then try once more: nothing is lost, and the page need not be reloaded.`,
    { cause },
  )
}

/** The sentence and remedy of any thrown thing; for logs and messages between threads. */
export function describeError(error: unknown): { message: string; remedy: string } {
  if (error instanceof UserError) return { message: error.message, remedy: error.remedy }
  const message = error instanceof Error ? error.message : String(error)
  return { message, remedy: 'This looks like a defect of the program; please report it with the steps that led here.' }
}
