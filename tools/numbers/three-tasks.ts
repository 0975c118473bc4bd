/**
 * The three sample tasks, three seeds each, with the `quick` recipe:
 *   node scripts/run-ts.mjs tools/numbers/three-tasks.ts && node scripts/run-ts.mjs tools/numbers/render.ts
 */
import { readSampleIndex } from '../../src/data/samples-node'
import { measure } from './measure'

const samples = await readSampleIndex('public/samples')
await measure(
  'docs/numbers/three-tasks.json',
  'node scripts/run-ts.mjs tools/numbers/three-tasks.ts',
  samples.map(({ id }) => ['--task', id]),
  [1, 2, 3],
)
process.exit(0)
