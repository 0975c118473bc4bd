/** Writes docs/operators.md: `node scripts/run-ts.mjs tools/docs/operators.ts`. */
import { writeFileSync } from 'node:fs'
import { operatorsPage } from './operators-page'

writeFileSync('docs/operators.md', operatorsPage())
console.log('docs/operators.md is written.')
