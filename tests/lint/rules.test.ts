/** Lint finds what it should: the linter runs, with the true configuration, on a small tree in which every rule is broken. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOOKS, IN_REACT, IN_TYPESCRIPT } from './violations'

const CONFIG = '.oxlintrc.json'
const tree = mkdtempSync(join(tmpdir(), 'passepartout-lint-'))
const fileOf = (rule: string) => `src/${rule in IN_REACT ? 'ui' : 'onnx'}/${rule.replace('/', '-')}.tsx`
const rooms = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

const FORMS = `
import { a } from '../ui/a'
export { b } from '../ui/b'
export * from '../ui/c'
const d = await import('../ui/d')
type E = import('../ui/e').E`

const ASKING = `export const a = (adapter: GPUAdapter) => adapter.requestDevice()
export const b = (adapter: GPUAdapter) => adapter['requestDevice']()
export function c({ requestDevice }: GPUAdapter) { return requestDevice() }`

const SOURCES: Record<string, string> = {
  'package.json': '{ "type": "module" }',
  ...Object.fromEntries(Object.entries(IN_TYPESCRIPT).map(([rule, code]) => [fileOf(rule), code])),
  ...Object.fromEntries(Object.entries(IN_REACT).map(([rule, code]) => [fileOf(rule), HOOKS + code])),
  ...Object.fromEntries(rooms.map((room) => [`src/${room}/room.ts`, `import 'onnxruntime-web'`])),
  'src/ui/page.ts': 'export const create = (a: number): void => void a',
  'src/lab/forms.ts': FORMS,
  'src/lab/asking.ts': ASKING,
  'src/runtime/webgpu-device.ts': 'export const requestDevice = (adapter: GPUAdapter) => adapter.requestDevice()',
  'src/runtime/asked.ts': `import { requestDevice } from './webgpu-device'\nexport const a = requestDevice`,
  'src/lab/directive.ts': '// oxlint-disable-next-line no-console\nexport const a = 1',
  'src/cli/print.ts': `console.log('the command line prints')`,
}

interface Report {
  readonly diagnostics: readonly {
    readonly code?: string
    readonly message: string
    readonly filename: string
    readonly labels: readonly { readonly span: { readonly line: number } }[]
  }[]
}

let report: Report
beforeAll(() => {
  for (const path of [CONFIG, 'tsconfig.json', 'scripts/lint']) cpSync(path, join(tree, path), { recursive: true })
  symlinkSync(join(process.cwd(), 'node_modules'), join(tree, 'node_modules'), 'junction')
  for (const [path, code] of Object.entries(SOURCES)) {
    mkdirSync(join(tree, dirname(path)), { recursive: true })
    writeFileSync(join(tree, path), code)
  }
  const oxlint = join(process.cwd(), 'node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json'], { cwd: tree, encoding: 'utf8' })
  report = JSON.parse(stdout) as Report
}, 60_000)
afterAll(() => rmSync(tree, { recursive: true, force: true }))

/** As oxlint writes it: eslint(eqeqeq), typescript(await-thenable), react-hooks(exhaustive-deps). */
const plain = (code = '') =>
  code.replace('eslint(', '').replace('react-hooks(', 'react/').replace('(', '/').slice(0, -1)
const found = (file: string) =>
  report.diagnostics.filter(({ filename }) => filename.replaceAll('\\', '/') === file).map(({ code }) => plain(code))

it.each(Object.keys({ ...IN_TYPESCRIPT, ...IN_REACT }))('%s fires', (rule) => {
  expect(found(fileOf(rule))).toContain(rule)
})

it('every rule that is on is tried here', () => {
  interface Rules {
    readonly rules: Record<string, unknown>
  }
  const text = readFileSync(CONFIG, 'utf8').replace(/^ *\/\/.*$/gm, '')
  const { rules, overrides } = JSON.parse(text) as Rules & { readonly overrides: readonly Rules[] }
  const on = [rules, ...overrides.map((override) => override.rules)]
    .flatMap((entries) => Object.entries(entries))
    .filter(([, severity]) => severity !== 'off')
    .map(([rule]) => rule)
  // The compiler reports no code of ours for this one, nor did it in React's own plugin.
  const untried = ['react/preserve-manual-memoization']
  expect(on.sort()).toEqual([...Object.keys(IN_TYPESCRIPT), ...Object.keys(IN_REACT), ...untried].sort())
})

describe('the rooms', () => {
  it.each(rooms)('are watched in src/%s', (room) => {
    expect(found(`src/${room}/room.ts`)).toEqual(['passepartout/rooms'])
  })

  it('are watched in every form of import', () => {
    const lines = report.diagnostics
      .filter(({ code, filename }) => plain(code) === 'passepartout/rooms' && filename.endsWith('forms.ts'))
      .map(({ labels }) => labels[0]?.span.line)
    expect(lines).toEqual([2, 3, 4, 5, 6])
  })
})

describe('the one owner of the device', () => {
  const lines = (file: string) =>
    report.diagnostics
      .filter(({ code, filename }) => plain(code) === 'passepartout/one-device' && filename.endsWith(file))
      .map(({ labels }) => labels[0]?.span.line)

  it('is watched in every way of asking', () => {
    expect(lines('lab/asking.ts')).toEqual([1, 2, 3])
  })

  it('may ask, and be asked', () => {
    expect(lines('runtime/webgpu-device.ts')).toEqual([])
    expect(lines('runtime/asked.ts')).toEqual([])
  })
})

it('a directive that disables nothing is an error', () => {
  expect(report.diagnostics.filter(({ filename }) => filename.endsWith('directive.ts'))).toHaveLength(1)
})

it('the command line may print', () => {
  expect(found('src/cli/print.ts')).toEqual([])
})
