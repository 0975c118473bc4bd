/**
 * One request for a file, from a byte on. What it answers is sorted here: bytes, a refusal that will stay one, or a fault
 * that is worth another try.
 *
 * No `If-Range`: it would need a CORS preflight, which the hub's file servers do not grant; a plain `Range` needs none.
 * The mark (ETag) of the answer is compared instead, before a byte of it is kept (docs/decisions/model-hub.md).
 */
import { UserError } from '../../errors'
import { said } from '../../sentence'

/** A fault of the way, not of the file: the server did not answer, answered 5xx, fell silent, or broke off. */
export class Broken extends Error {
  override readonly name = 'Broken'
  constructor(
    readonly fault: 'unreachable' | 'busy' | 'silent' | 'cut',
    message: string,
    options?: ErrorOptions,
    /** So long the server asks to be left alone, ms; null where it does not say, or does not let a page read it. */
    readonly retryAfter: number | null = null,
  ) {
    super(message, options)
  }
}

export interface Answer {
  /** Offset of the first byte of the body in the file. */
  readonly from: number
  /** Length of the whole file; null where it is not told. */
  readonly total: number | null
  /** Mark of this version of the file; null where there is none that holds byte for byte. */
  readonly validator: string | null
  readonly body: ReadableStreamDefaultReader<Uint8Array>
}

/** Statuses that are worth another try. */
const PASSING = new Set([408, 425, 429])

/**
 * @param from first byte that is wanted
 * @returns null where the server has no such range: what is there is longer than its file
 * @throws Broken; UserError when the file is missing or refused; the signal's reason
 */
export async function requestFile(url: string, from: number, signal: AbortSignal): Promise<Answer | null> {
  let response: Response
  try {
    // The browser's own cache would keep these files a second time.
    response = await fetch(url, { signal, cache: 'no-store', headers: from > 0 ? { Range: `bytes=${from}-` } : {} })
  } catch (cause) {
    signal.throwIfAborted()
    throw new Broken('unreachable', `${url} did not answer`, { cause })
  }
  const { status, headers } = response
  if (status === 416) return null
  if (status >= 500 || PASSING.has(status)) {
    throw new Broken('busy', `${url} answered ${status}`, {}, waitAsked(headers.get('retry-after'), Date.now()))
  }
  // A development server answers a missing file with the page itself.
  const isPage = headers.get('content-type')?.includes('text/html') ?? false
  if (status === 404 || status === 410 || isPage) throw missing(url)
  if (!response.ok || !response.body) throw refused(url, status)

  const range = status === 206 ? /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') : null
  return {
    // Where the range cannot be read, the server is taken at the word of its status.
    from: status === 206 ? Number(range?.[1] ?? from) : 0,
    total: status === 206 ? numberOrNull(range?.[2]) : fullLength(headers),
    validator: strongMark(headers.get('etag')),
    body: response.body.getReader(),
  }
}

/** Milliseconds of a `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). Null where it is neither. */
export function waitAsked(header: string | null, now: number): number | null {
  if (header === null) return null
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

/** A compressed answer states the length of what was sent, not of the file. */
function fullLength(headers: Headers): number | null {
  return headers.get('content-encoding') ? null : numberOrNull(headers.get('content-length'))
}

const numberOrNull = (text: string | null | undefined): number | null =>
  text && /^\d+$/.test(text) ? Number(text) : null

/** A weak mark says that two versions mean the same, not that their bytes are. */
const strongMark = (etag: string | null): string | null => (etag && !etag.startsWith('W/') ? etag : null)

function missing(url: string): UserError {
  return new UserError(
    said`There is no file ${shortName(url)} at ${new URL(url).host}.`,
    'Check the address that models are fetched from, or choose another variant of the model.',
  )
}

function refused(url: string, status: number): UserError {
  const who = new URL(url).host
  return new UserError(
    said`${who} refuses ${shortName(url)} (status ${status}).`,
    status === 401 || status === 403
      ? 'This model may need an account there. Choose another one, or fetch its files yourself and drop them here.'
      : 'Try again later, or fetch models from another address.',
  )
}

/** Path of the file inside the model, as far as people know it. */
export const shortName = (url: string): string => {
  const { pathname } = new URL(url)
  return /(?:onnx\/)?[^/]*$/.exec(pathname)![0]
}
