/**
 * Reference files that are not part of the repository (their licences differ): tests that need them run where the
 * environment variable PASSEPARTOUT_DATA names their folder, and elsewhere say how many are left out.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = process.env.PASSEPARTOUT_DATA

/** Path of a reference file; fails where the folder is set but incomplete. */
export function referencePath(path: string): string {
  if (!root) throw new Error('PASSEPARTOUT_DATA is not set')
  const full = join(root, path)
  if (!existsSync(full)) throw new Error(`PASSEPARTOUT_DATA lacks ${path}`)
  return full
}

/** True, with a line on the console, when the folder is not at hand. */
export function withoutReference(tests: number, what: string): boolean {
  if (root) return false
  process.stderr.write(
    `\nLEFT OUT: ${tests} tests (${what}), because PASSEPARTOUT_DATA does not name the reference folder.\n`,
  )
  return true
}
