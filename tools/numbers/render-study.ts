/**
 * Puts what a study found into docs/study.md, between its markers, and its figures into docs/images/studies:
 *
 *   npm run study -- studies/NAME.json && node scripts/run-ts.mjs tools/numbers/render-study.ts NAME
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { writeBlock } from './block'

const FIGURES = 'docs/images/studies'

const name = process.argv[2]
if (name === undefined) throw new Error('which study, of those in study-out?')
const report = readFileSync(`study-out/${name}/study.md`, 'utf8').trim()
const placed = report.replaceAll(/\]\(([\w-]+\.svg)\)/g, (_, file: string) => {
  mkdirSync(FIGURES, { recursive: true })
  copyFileSync(`study-out/${name}/${file}`, `${FIGURES}/${name}-${file}`)
  return `](images/studies/${name}-${file})`
})
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
await writeBlock(name, `${placed}\n\nRendered at commit ${commit}.`, 'docs/study.md')
