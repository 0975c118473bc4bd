/**
 * The program's own large files (.wasm and their loaders) and parts, fetched when they are needed.
 *
 * They are fetched here and handed on as addresses in memory: the runtimes remember a failed download for ever and
 * take it for a fault of the model, and their threads would ask the server once more.
 */
import { unreachable, UserError } from '../errors'

/** Address in memory of each file fetched so far, or under way. */
const fetched = new Map<string, Promise<string>>()

/**
 * An address in memory with the bytes of `url`. Fetched once in a thread; a failure is forgotten, so that the next
 * call tries again.
 * @throws UserError when the server cannot be reached or refuses
 */
export function inMemory(url: string, type: 'text/javascript' | 'application/wasm'): Promise<string> {
  let address = fetched.get(url)
  if (!address) {
    address = fetchBlob(url).then((bytes) => URL.createObjectURL(new Blob([bytes], { type })))
    fetched.set(url, address)
    address.catch(() => fetched.delete(url))
  }
  return address
}

async function fetchBlob(url: string): Promise<ArrayBuffer> {
  try {
    const response = await fetch(url)
    if (response.ok) return await response.arrayBuffer()
    throw new UserError(`${url} is not there (status ${response.status}).`, 'Build and serve the page again.')
  } catch (error) {
    throw error instanceof UserError ? error : unreachable(url, error)
  }
}

/** What browsers, and Vite for a part's style sheet, say when a dynamic import was not answered. */
const NOT_FETCHED = /dynamically imported module|importing a module script failed|unable to preload/i

/**
 * A part of the program that is imported when it is needed.
 * @throws UserError when the server cannot be reached
 */
export async function importPart<T>(part: () => Promise<T>): Promise<T> {
  try {
    return await part()
  } catch (error) {
    if (!(error instanceof Error && NOT_FETCHED.test(error.message))) throw error
    const [file = ''] = /(?:https?:\/)?\/\S+/.exec(error.message) ?? []
    throw unreachable(new URL(file, globalThis.location?.href).href, error)
  }
}
