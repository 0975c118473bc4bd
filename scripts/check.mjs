/**
 * npm run check: types, lint and the everyday unit tests, all at once. What each says is printed when it ends, and a
 * line for each at the very end. Fails where any of them fails.
 */
import { spawn } from 'node:child_process'
import { root, setup } from './setup.mjs'

const STEPS = ['types', 'lint', 'unit'] // as package.json names them

/** Runs a script of package.json with its output kept: whether it passed, what it said, how long it took. */
function run(name) {
  const started = Date.now()
  const viaNode = process.env.npm_execpath?.endsWith('.js')
  const [program, first] = viaNode ? [process.execPath, [process.env.npm_execpath]] : ['npm', []]
  const child = spawn(program, [...first, 'run', '--silent', name], {
    cwd: root,
    env: process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env,
    shell: !viaNode && process.platform === 'win32', // npm is npm.cmd there
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = []
  child.stdout.on('data', (chunk) => said.push(chunk))
  child.stderr.on('data', (chunk) => said.push(chunk))
  return new Promise((resolve) => {
    const end = (passed) => {
      const seconds = ((Date.now() - started) / 1000).toFixed(0)
      const output = Buffer.concat(said).toString().trimEnd()
      console.log(`\n--- ${name}${output === '' ? '' : `\n${output}`}`)
      resolve({ passed, summary: `${name}: ${passed ? 'passed' : 'FAILED'}, ${seconds} s` })
    }
    child.once('error', (error) => {
      said.push(Buffer.from(error.message))
      end(false)
    })
    child.once('close', (code) => end(code === 0))
  })
}

setup()
const started = Date.now()
const results = await Promise.all(STEPS.map(run))
console.log(`\n${results.map(({ summary }) => summary).join('\n')}`)
console.log(`check: ${((Date.now() - started) / 1000).toFixed(0)} s`)
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
