/**
 * Puts what a study found into docs/study.md, between its markers:
 *
 *   npm run study -- studies/NAME.json && node scripts/run-ts.mjs tools/numbers/render-study.ts NAME
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeBlock } from './block'

const name = process.argv[2]
if (name === undefined) throw new Error('which study, of those in study-out?')
const report = readFileSync(`study-out/${name}/study.md`, 'utf8').trim()
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
await writeBlock(name, `${report}\n\nRendered at commit ${commit}.`, 'docs/study.md')
