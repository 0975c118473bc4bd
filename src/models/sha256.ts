/** SHA-256 of bytes that lie in memory: one run of them by WebCrypto, several without laying them end to end first. */
import { createSHA256, type IHasher } from 'hash-wasm'

/** Fewer bytes are hashed here: WebCrypto's way to another thread and back takes longer. */
const SMALL = 65_536

let small: Promise<IHasher> | null = null

/**
 * sha256 of the parts laid end to end, as `cat a b | sha256sum` prints it. Two towers of a CLIP are over half a gigabyte:
 * a third copy of them, which WebCrypto would need, is what a browser's tab does not survive.
 */
export async function sha256(...parts: readonly Uint8Array[]): Promise<string> {
  const [only] = parts
  if (only && parts.length === 1 && only.length < SMALL) {
    const hasher = await (small ??= createSHA256())
    return hasher.init().update(only).digest('hex')
  }
  // Browsers offer WebCrypto to pages from https and from this computer only.
  if (only && parts.length === 1 && globalThis.crypto?.subtle) {
    const digest = await crypto.subtle.digest('SHA-256', only as Uint8Array<ArrayBuffer>)
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
  const hash = await createSHA256()
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
