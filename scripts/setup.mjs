/**
 * Makes a fresh clone ready: checks Node, installs the packages of package-lock.json where they are missing or differ.
 * Plain Node without any package, since it runs before there are any. Also a program: node scripts/setup.mjs
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const OLDEST_NODE = [20, 19]

/** Ends the program with one sentence that says what is wrong and one that says what to do. */
export function stop(message, remedy) {
  console.error(`\n${message}\n${remedy}`)
  process.exit(1)
}

/** npm the way this program was started by npm, else the one on PATH. */
export function npm(args, options) {
  const environment = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const viaNode = process.env.npm_execpath?.endsWith('.js')
  const [program, first] = viaNode ? [process.execPath, [process.env.npm_execpath]] : ['npm', []]
  const shell = !viaNode && process.platform === 'win32' // npm is npm.cmd there
  return spawnSync(program, [...first, ...args], { cwd: root, env: environment, encoding: 'utf8', shell, ...options })
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return
  stop(
    `Passepartout needs Node ${OLDEST_NODE.join('.')} or newer, and this is Node ${process.versions.node}.`,
    'Install a current Node from https://nodejs.org and run the command again.',
  )
}

/** Names of packages that package-lock.json asks for and node_modules lacks or has in another version. */
export function missingPackages() {
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const record = join(root, 'node_modules', '.package-lock.json') // npm writes it when an installation is complete
  if (!existsSync(record)) return Object.keys(wanted).filter((path) => path !== '')
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional)
    .filter(([path, entry]) => installed[path]?.version !== entry.version || !existsSync(join(root, path)))
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
}

function installPackages() {
  const missing = missingPackages()
  if (missing.length === 0) return
  console.log(`Installing ${missing.length} packages (once; a minute or so) ...`)
  const started = Date.now()
  const retries = ['--fetch-retries=2', '--fetch-retry-mintimeout=2000']
  const result = npm(
    ['ci', '--ignore-scripts', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund', ...retries],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  if (result.error) stop(`npm could not be started: ${result.error.message}.`, 'Install npm, which comes with Node.')
  if (result.status !== 0) {
    const output = `${result.stdout}${result.stderr}`
    console.error(output.trim())
    const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(output)
    if (unreachable) {
      stop(
        'The npm registry could not be reached, so the packages could not be installed.',
        'Check the connection (and `npm config get registry`), then run the command again; it is needed only once.',
      )
    }
    stop(
      'npm could not install the packages.',
      'What npm says above names the cause; mend it and run the command again.',
    )
  }
  console.log(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`)
}

export function setup() {
  checkNode()
  installPackages()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup()
