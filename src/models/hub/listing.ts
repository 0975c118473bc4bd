/**
 * The hub's own list of a model's files, asked for what the catalogue does not know. The answer of
 * `/api/models/{id}/tree/{revision}`: for each file `size`, and `lfs.oid`, its sha256, or for small files kept in git
 * itself `oid`, git's name of the content.
 */
import { z } from 'zod'
import { listingAddress, type ModelBase } from './base'
import type { CatalogueModel } from './catalogue'
import type { Published } from './hash'

const PATIENCE_MS = 15_000

const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: z.int().nonnegative(),
  oid: z.string().optional(),
  lfs: z.object({ oid: z.string(), size: z.int().nonnegative() }).optional(),
})

/** By path. Empty where there is no list: on a plain mirror, or when it does not answer as the hub does. */
export async function fetchListing(
  base: ModelBase,
  { id, revision }: CatalogueModel,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Published>> {
  const address = listingAddress(base, id, revision)
  if (!address) return new Map()
  try {
    const patience = AbortSignal.timeout(PATIENCE_MS)
    const response = await fetch(address, { signal: signal ? AbortSignal.any([signal, patience]) : patience })
    if (!response.ok) return new Map()
    const entries = z.array(entrySchema).parse(await response.json())
    return new Map(entries.filter(({ type }) => type === 'file').map((entry) => [entry.path, published(entry)]))
  } catch {
    signal?.throwIfAborted()
    return new Map()
  }
}

function published({ size, oid, lfs }: z.infer<typeof entrySchema>): Published {
  if (lfs) return { bytes: lfs.size, sha256: hex(lfs.oid, 64), gitOid: null }
  return { bytes: size, sha256: null, gitOid: hex(oid ?? '', 40) }
}

/** The digits at the end, where there are as many. */
function hex(oid: string, digits: number): string | null {
  const [found] = /[0-9a-f]+$/.exec(oid) ?? []
  return found?.length === digits ? found : null
}
