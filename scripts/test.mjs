/**
 * npm test: installs what is missing (a Chromium too), then types, lint, unit tests and browser tests.
 * Everything streams by; the last line is `N passed, N failed`. Types and lint count as one each.
 * `--only types,lint,unit,browser` runs some of them.
 */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildIfNeeded } from './build.mjs'
import { findChromium } from './chromium.mjs'
import { root, setup, stop } from './setup.mjs'

/** Tests left out, by what they lack: the reference values, or a Python that has PyTorch (which few machines have). */
const total = { passed: 0, failed: 0, leftOut: 0, withoutPython: 0 }
let ended = false
process.on('exit', () => {
  if (!ended) total.failed += 1 // stopped on the way, by what is said above
  console.log(`${total.passed} passed, ${total.failed} failed`)
})

/** Runs a package's program with its output streamed; the exit status. */
function program(path, args = []) {
  const child = spawn(process.execPath, [join(root, 'node_modules', ...path.split('/')), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, 'localhost', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Reads a reporter's JSON of this run; null where the runner died before it wrote one. */
function report(name) {
  const path = join(root, 'test-results', name)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}

/** One more failure where the runner failed in another way than by a failed test. */
const atLeast = (failed, status) => (status === 0 ? failed : Math.max(1, failed))

/** Tests that ask PyTorch itself carry this word in their title (tests/formats/python.ts). */
const ASKS_PYTHON = /\bPyTorch itself\b/

const asOne = (status) => ({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, leftOut: 0 })

const steps = {
  types: async () => asOne(await program('typescript/bin/tsc', ['-p', '.'])),

  async lint() {
    const rules = await program('oxlint/bin/oxlint')
    const format = await program('oxfmt/bin/oxfmt', ['--check'])
    return asOne(rules || format)
  },

  async unit() {
    const reporters = ['--reporter=default', '--reporter=json', '--outputFile.json=test-results/unit.json']
    const status = await program('vitest/vitest.mjs', ['run', ...reporters])
    const found = report('unit.json')
    if (found === null) return asOne(1)
    const broken = found.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
    )
    const withoutPython = found.testResults
      .flatMap((file) => file.assertionResults)
      .filter(({ status, fullName }) => status === 'skipped' && ASKS_PYTHON.test(fullName)).length
    return {
      passed: found.numPassedTests,
      failed: atLeast(found.numFailedTests + broken.length, status),
      leftOut: found.numPendingTests + found.numTodoTests - withoutPython,
      withoutPython,
    }
  },

  async browser() {
    process.env.CHROMIUM_PATH = await findChromium()
    process.env.PASSEPARTOUT_TEST_PORT = String(await freePort())
    await buildIfNeeded()
    const status = await program('@playwright/test/cli.js', ['test'])
    const found = report('browser.json')
    if (found === null) return asOne(1)
    const { expected, unexpected, flaky, skipped } = found.stats
    return { passed: expected, failed: atLeast(unexpected + flaky, status), leftOut: skipped }
  },
}

function chosenSteps() {
  const at = process.argv.indexOf('--only')
  const names = at < 0 ? Object.keys(steps) : (process.argv[at + 1] ?? '').split(',')
  const unknown = names.find((name) => !(name in steps))
  if (unknown !== undefined) stop(`There is no step "${unknown}".`, `The steps are ${Object.keys(steps).join(', ')}.`)
  return names
}

const names = chosenSteps()
setup()
const data = process.env.PASSEPARTOUT_DATA
if (data && !existsSync(data)) stop(`PASSEPARTOUT_DATA names ${data}, which is not there.`, 'Correct it or unset it.')
if (names.includes('browser')) console.log(`Browser: ${await findChromium()}`) // its lack is said first, not last

rmSync(join(root, 'test-results'), { recursive: true, force: true })
mkdirSync(join(root, 'test-results'))
for (const name of names) {
  console.log(`\n--- ${name}`)
  const started = Date.now()
  const { passed, failed, leftOut, withoutPython = 0 } = await steps[name]()
  total.passed += passed
  total.failed += failed
  total.leftOut += leftOut
  total.withoutPython += withoutPython
  const seconds = ((Date.now() - started) / 1000).toFixed(0)
  console.log(`--- ${name}: ${passed} passed, ${failed} failed, ${leftOut} left out, ${seconds} s`)
}

if (total.withoutPython > 0) {
  console.log(`\n${total.withoutPython} tests were left out because no Python with PyTorch is here (PYTHON names one).`)
}
if (total.leftOut > 0 && data) {
  console.log(`\n${total.leftOut} tests were left out although PASSEPARTOUT_DATA is set: that counts as a failure.`)
  total.failed += 1
} else if (total.leftOut > 0) {
  console.log(
    `\n${total.leftOut} tests were left out because PASSEPARTOUT_DATA (a folder of reference values) is not set.`,
  )
}
ended = true
process.exitCode = total.failed === 0 ? 0 : 1
