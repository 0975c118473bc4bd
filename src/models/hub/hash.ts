/** Comparing a file with what was published of it, while its bytes come: length, sha256, or the hub's own name of it. */
import { createSHA1, createSHA256 } from 'hash-wasm'
import type { Checked } from './store'

/** What is known of a file before it is fetched; null where nothing is. */
export interface Published {
  readonly bytes: number | null
  /** Lower-case hex. */
  readonly sha256: string | null
  /** Git's name of the content, sha1 of "blob <length>\0" and the bytes: what the hub lists of its small files. */
  readonly gitOid: string | null
}

export const UNPUBLISHED: Published = { bytes: null, sha256: null, gitOid: null }

/** Whether wrong content would be noticed. */
export const hasHash = (published: Published): boolean =>
  published.sha256 !== null || (published.gitOid !== null && published.bytes !== null)

export type Verdict =
  | { readonly sha256: string; readonly checked: Checked; readonly problem: null }
  /** `problem` goes into a sentence: "..., but its sha256 is ...". */
  | { readonly problem: string }

export interface FileHash {
  update(chunk: Uint8Array): void
  /** Ends hashing and judges. */
  finish(): Verdict
}

export async function startHash(published: Published): Promise<FileHash> {
  const [sha256, git] = await Promise.all([createSHA256(), gitHash(published)])
  let bytes = 0
  return {
    update(chunk) {
      bytes += chunk.byteLength
      sha256.update(chunk)
      git?.update(chunk)
    },
    finish() {
      if (published.bytes !== null && bytes !== published.bytes) {
        return { problem: `it is ${bytes} bytes long, and not ${published.bytes}` }
      }
      const found = sha256.digest('hex')
      if (published.sha256 !== null && found !== published.sha256) {
        return { problem: `its sha256 is ${found}, and not ${published.sha256}` }
      }
      if (git && git.digest('hex') !== published.gitOid) {
        return { problem: `its content is not that of the hub's version ${published.gitOid}` }
      }
      return { sha256: found, checked: hasHash(published) ? 'published' : 'recorded', problem: null }
    },
  }
}

async function gitHash({ bytes, sha256, gitOid }: Published) {
  if (sha256 !== null || gitOid === null || bytes === null) return null
  const hash = await createSHA1()
  hash.update(`blob ${bytes}\0`)
  return hash
}
