/** Starts the service worker of the built page, and gives it what was fetched before it was there. */

/** Once a visit: a reload that brought no isolation will not bring it the second time. */
const TRIED = 'passepartout.isolation-tried'

/**
 * Resolves when everything used so far is kept: from then on the page opens without a network. Does nothing where there can
 * be no service worker, and in the development server.
 * @param used addresses that were fetched, by the page's workers too
 * @param mayReload whether a reload would lose nothing
 */
export async function keepForOffline(
  used: () => Promise<readonly string[]>,
  mayReload: () => boolean,
): Promise<boolean> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return false
  try {
    await navigator.serviceWorker.register('./service-worker.js', { scope: './', type: 'classic' })
    const { active } = await navigator.serviceWorker.ready
    if (!active) return false
    await becomeIsolated(mayReload)
    const own = performance.getEntriesByType('resource').map(({ name }) => name)
    await kept(active, [...new Set([...own, ...(await used())])].filter(isOwn))
    return true
  } catch {
    // Forbidden here (some private windows) or the network is gone: the page works as it is.
    return false
  }
}

const isOwn = (address: string) => address.startsWith(new URL('./', location.href).href)

/** A static host sends no headers: the service worker adds them, from the next load on. */
async function becomeIsolated(mayReload: () => boolean): Promise<void> {
  if (crossOriginIsolated || sessionStorage.getItem(TRIED) !== null || !mayReload()) return
  sessionStorage.setItem(TRIED, '1')
  location.reload()
  await new Promise(() => undefined) // the page is going
}

/** Workbox's own message; it answers when all are kept. */
function kept(worker: ServiceWorker, urls: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    worker.postMessage({ type: 'CACHE_URLS', payload: { urlsToCache: urls } }, [port2])
  })
}
