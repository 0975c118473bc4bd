/**
 * Which page is at work on which run: a lock a run, by the browser's Web Locks where there are any. A page that is closed or
 * killed gives its locks up by that alone.
 */

export interface HeldRun {
  /** Resolves when another page has taken the run over. */
  readonly lost: Promise<void>
  release(): void
}

export interface RunLocks {
  /** Null where another page is at work on it, unless it is to be taken over. */
  take(id: string, takeOver: boolean): Promise<HeldRun | null>
  /** Ids of the runs that any page, this one included, is at work on. */
  held(): Promise<ReadonlySet<string>>
}

const PREFIX = 'passepartout run '

/** Web Locks; where the browser has none, or forbids them, every page may work on every run. */
export function webLocks(locks: LockManager | undefined = globalThis.navigator?.locks): RunLocks {
  if (!locks) return noLocks()
  return {
    take: (id, takeOver) =>
      new Promise((resolve, reject) => {
        const { promise: released, resolve: release } = deferred()
        const { promise: lost, resolve: lose } = deferred()
        const options: LockOptions = takeOver ? { steal: true } : { ifAvailable: true }
        let granted = false
        const request = locks.request(PREFIX + id, options, (lock) => {
          granted = true
          if (!lock) return resolve(null)
          resolve({ lost, release })
          return released
        })
        // A lock that was held and is stolen rejects the request that it came by.
        request.catch((error: unknown) => {
          if (granted) lose()
          else if (isForbidden(error)) resolve({ lost, release })
          else reject(error as Error)
        })
      }),
    held: async () => {
      const { held = [] } = await locks.query().catch((error: unknown) => {
        if (isForbidden(error)) return { held: [] }
        throw error
      })
      return new Set(held.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [])))
    },
  }
}

/** Where storage is forbidden to a page, so are its locks. */
const isForbidden = (error: unknown): boolean => (error as Partial<DOMException> | null)?.name === 'SecurityError'

/** For Node, and tests: one process, which knows what it is at work on. */
export function noLocks(): RunLocks {
  const held = new Map<string, () => void>()
  return {
    async take(id, takeOver) {
      if (held.has(id) && !takeOver) return null
      held.get(id)?.()
      const { promise: lost, resolve: lose } = deferred()
      held.set(id, lose)
      return { lost, release: () => void (held.get(id) === lose && held.delete(id)) }
    },
    held: async () => new Set(held.keys()),
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
