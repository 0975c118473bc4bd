/** The catalogue that a mirror or a folder of one's own may keep beside its models: `catalogue.json`, in our format. */
import { UserError } from '../../errors'
import { HUB, type ModelBase } from './base'
import { parseCatalogue, type CatalogueModel } from './catalogue'

const FILE = 'catalogue.json'
const PATIENCE_MS = 10_000

/**
 * Null where the address keeps none, or does not answer: its models may be in the store all the same.
 * @throws UserError where it keeps one that this program cannot read
 */
export async function fetchOwnCatalogue(base: ModelBase): Promise<readonly CatalogueModel[] | null> {
  // The public hub keeps no such list, and need not hear that somebody looks at the chooser.
  if (base.address === HUB.address) return null
  const url = base.address + FILE
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null)
  // A development server answers a missing file with the page itself.
  const isPage = response?.headers.get('content-type')?.includes('text/html') ?? false
  if (!response?.ok || isPage) return null
  try {
    return parseCatalogue(await response.json())
  } catch (cause) {
    throw new UserError(
      `${url} is not a list of models as this program knows it.`,
      'Mend it, or take another address; meanwhile the models that this program knows are listed.',
      { cause },
    )
  }
}
