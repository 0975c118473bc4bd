/** A lock file written by npm on one platform can lack the others' binaries, and `npm ci` then fails everywhere. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

interface Lock {
  readonly packages: Record<
    string,
    { readonly version?: string; readonly optionalDependencies?: Record<string, string> }
  >
}

it('lists every optional package, for every platform', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  const missing = Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) => !(packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`])?.version,
    ),
  )
  expect(missing).toEqual([])
})
