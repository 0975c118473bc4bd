/**
 * Which view of the page is open, as the address says it: `#images`, `#compare?a=...`. What follows the question mark
 * belongs to the view, and to the recipe (`recipe-address.ts`).
 */
import { createStore } from 'zustand/vanilla'

export const VIEWS = ['learn', 'images', 'try', 'compare', 'runs', 'study'] as const
export type View = (typeof VIEWS)[number]

export interface Route {
  readonly view: View
  readonly query: URLSearchParams
}

export function parseHash(hash: string): Route {
  const [name = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const view = VIEWS.find((one) => one === name) ?? 'learn'
  return { view, query: new URLSearchParams(query) }
}

export function formatHash({ view, query }: Route): string {
  const text = query.toString()
  return `#${view}${text ? `?${text}` : ''}`
}

export const routeStore = createStore<Route>(() => parseHash(globalThis.location?.hash ?? ''))

/** The address of a view, with the query that is there now. */
export const hrefOf = (view: View): string => formatHash({ view, query: routeStore.getState().query })

/** Opens a view, as a step that the browser's Back undoes. */
export function openView(view: View): void {
  const route = { view, query: routeStore.getState().query }
  if (routeStore.getState().view !== view) globalThis.history?.pushState(null, '', formatHash(route))
  routeStore.setState(route)
}

/** Changes the query in place: no step for Back. `null` takes a name out. */
export function setQuery(changes: Readonly<Record<string, string | null>>): void {
  const { view, query: before } = routeStore.getState()
  const query = new URLSearchParams(before)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name)
    else query.set(name, value)
  }
  if (query.toString() === before.toString()) return
  globalThis.history?.replaceState(null, '', formatHash({ view, query }))
  routeStore.setState({ query })
}

/** Follows the address: Back, Forward, and links to a hash. Returns the undoing. */
export function followAddress(): () => void {
  const read = () => routeStore.setState(parseHash(globalThis.location.hash))
  globalThis.addEventListener('popstate', read)
  globalThis.addEventListener('hashchange', read)
  return () => {
    globalThis.removeEventListener('popstate', read)
    globalThis.removeEventListener('hashchange', read)
  }
}
