/** Where models are fetched from, as a person writes it: nothing for the hub, else a mirror or a folder of this server. */
import { HUB, modelBase, type ModelBase } from '../models/hub/base'
import { rememberedAddress } from './remembered'

/** The folder of this page's own server that models are looked for in. */
export const OWN_FOLDER = 'models/'

/**
 * Another server is taken for a mirror of the hub, in its layout; this one for plain folders.
 * @throws UserError when it is no address
 */
export function baseOf(address: string | null): ModelBase {
  const text = address?.trim() ?? ''
  if (text === '' || text === HUB.address) return HUB
  const page = globalThis.location.href
  const base = modelBase('hub', text, page)
  return new URL(base.address).origin === new URL(page).origin ? { ...base, layout: 'folder' } : base
}

/** `?models=` in the page's address, else what was chosen before, else the hub. */
export function startingAddress(): string | null {
  return new URLSearchParams(globalThis.location?.search).get('models') ?? rememberedAddress()
}
