/** Web Locks as browsers give them: where they are forbidden to a page, it works on its runs without. */
import { expect, it } from 'vitest'
import { webLocks } from '../../src/records/locks'

const manager = (error: Error | null): LockManager => ({
  request: ((_: string, __: LockOptions, granted: (lock: Lock | null) => unknown) =>
    error ? Promise.reject(error) : Promise.resolve(granted({ name: 'x', mode: 'exclusive' }))) as never,
  query: () => (error ? Promise.reject(error) : Promise.resolve({ held: [{ name: 'passepartout run a' }] })) as never,
})

it('that are forbidden hold no run up', async () => {
  const locks = webLocks(manager(new DOMException('', 'SecurityError')))
  expect(await locks.take('a', false)).not.toBeNull()
  expect(await locks.held()).toEqual(new Set())
})

it('that fail otherwise say so', async () => {
  const locks = webLocks(manager(new Error('broken')))
  await expect(locks.take('a', false)).rejects.toThrow('broken')
  await expect(locks.held()).rejects.toThrow('broken')
})

it('that are given name the runs that are at work', async () => {
  const locks = webLocks(manager(null))
  expect(await locks.take('a', false)).not.toBeNull()
  expect(await locks.held()).toEqual(new Set(['a']))
})
