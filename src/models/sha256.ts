/** SHA-256 by WebCrypto, which browsers, workers and Node share. */
import { UserError } from '../errors'

/**
 * sha256 of the parts laid end to end, as `cat a b | sha256sum` prints it.
 * @throws UserError on a page served without https, where browsers offer no WebCrypto
 */
export async function sha256(...parts: readonly Uint8Array[]): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new UserError(
      'This page was not loaded over a secure connection, so the browser offers no checksums.',
      'Open it over https, or on this computer as http://localhost.',
    )
  }
  const digest = await crypto.subtle.digest('SHA-256', concatenate(parts) as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (only && parts.length === 1) return only
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.byteLength
  }
  return joined
}
