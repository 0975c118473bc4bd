/**
 * Before all unit tests: one folder for everything temporary, which goes with the run. Processes of tests are ended from
 * outside and have no time to clean up after themselves.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default function gather(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'passepartout-tests-'))
  // What `tmpdir()` goes by: the last two on Windows.
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
