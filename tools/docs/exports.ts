/** Writes docs/exports.md: `node scripts/run-ts.mjs tools/docs/exports.ts`. */
import { writeFileSync } from 'node:fs'
import { exportsPage } from './exports-page'

writeFileSync('docs/exports.md', exportsPage())
console.log('docs/exports.md is written.')
