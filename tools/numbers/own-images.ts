/**
 * Image folders or zips of one's own, one seed each, with the `quick` recipe:
 *   node scripts/run-ts.mjs tools/numbers/own-images.ts A.zip B.zip && node scripts/run-ts.mjs tools/numbers/render.ts
 */
import { basename } from 'node:path'
import { measure } from './measure'

const paths = process.argv.slice(2)
if (paths.length === 0) {
  console.error('Which images? Name folders with a folder per class, or zips of such.')
  process.exit(1)
}
await measure(
  'docs/numbers/own-images.json',
  `node scripts/run-ts.mjs tools/numbers/own-images.ts ${paths.map((path) => basename(path)).join(' ')}`,
  paths.map((path) => ['--data', path]),
  [1],
)
process.exit(0)
