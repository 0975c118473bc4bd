/**
 * The service worker: the page works without a network after its first load, and is cross-origin isolated also on hosts
 * that send no headers.
 *
 * What every visit needs is fetched and kept when the worker is installed; what is large and not needed by all (ONNX
 * Runtime's WASM files, the samples) is kept when it is first used. Only files of this page's own folder are kept: models of
 * the hub have a store of their own, and a person's images never go through here.
 */
import { clientsClaim } from 'workbox-core'
import { addPlugins, cleanupOutdatedCaches, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching'
import { registerRoute } from 'workbox-routing'
import { CacheFirst } from 'workbox-strategies'
import { contentSecurityPolicy, ISOLATION } from './headers'

/** Filled in by the build: every file that is kept from the start, with a hash where its name has none. */
declare const __PRECACHE__: readonly PrecacheEntry[]
/** Filled in by the build: origins of mirrors that were named to it. */
declare const __MIRRORS__: readonly string[]

const HEADERS = { ...ISOLATION, 'Content-Security-Policy': contentSecurityPolicy(__MIRRORS__) }

/** The response with the page's headers; those that its server sent stay. */
function withHeaders(response: Response): Response {
  if (response.type === 'opaque' || response.status === 0) return response
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(HEADERS)) if (!headers.has(name)) headers.set(name, value)
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}

const headed = { cacheWillUpdate: async ({ response }: { response: Response }) => keepable(response) }

/** Only whole answers are kept. */
const keepable = (response: Response) => (response.status === 200 ? withHeaders(response) : null)

addPlugins([headed])
// The page is the same whatever its address asks of it (`?backend=`, `?models=`).
precacheAndRoute([...__PRECACHE__], { ignoreURLParametersMatching: [/./] })
cleanupOutdatedCaches()

const own = new URL('./', globalThis.location.href)
registerRoute(
  ({ url }) =>
    url.origin === own.origin && url.pathname.startsWith(own.pathname) && /\.(wasm|zip|json|png)$/.test(url.pathname),
  new CacheFirst({ cacheName: 'passepartout-used', plugins: [headed] }),
)

clientsClaim()
