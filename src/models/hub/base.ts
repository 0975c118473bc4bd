/** Where models are fetched from, and the addresses of their files there. */
import { UserError } from '../../errors'

/**
 * `hub`: the model hub or a mirror of it, which serves `{address}{id}/resolve/{revision}/{path}` and lists files with
 * their hashes under `{address}api/models/`. `folder`: plain files, `{address}{id}/{path}`, as on the page's own server.
 */
export interface ModelBase {
  readonly layout: 'hub' | 'folder'
  /** Absolute, with a trailing slash. */
  readonly address: string
}

export const HUB: ModelBase = { layout: 'hub', address: 'https://huggingface.co/' }

/**
 * @param address absolute, or relative to `page`
 * @throws UserError when it is no http(s) address
 */
export function modelBase(layout: ModelBase['layout'], address: string, page: string): ModelBase {
  const url = URL.canParse(address, page) ? new URL(address, page) : null
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UserError(
      `"${address}" is no address to fetch models from.`,
      'Give one that begins with https://, or a folder of this page.',
    )
  }
  url.search = ''
  url.hash = ''
  return { layout, address: url.href.endsWith('/') ? url.href : `${url.href}/` }
}

/** Address of a file of a model. */
export function fileAddress(base: ModelBase, id: string, revision: string, path: string): string {
  return base.layout === 'hub' ? `${base.address}${id}/resolve/${revision}/${path}` : `${base.address}${id}/${path}`
}

/** Address of the hub's list of a model's files with sizes and hashes; null for plain folders. */
export function listingAddress(base: ModelBase, id: string, revision: string): string | null {
  return base.layout === 'hub' ? `${base.address}api/models/${id}/tree/${revision}?recursive=true` : null
}
