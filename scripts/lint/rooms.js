/**
 * Lint rule: imports between the rooms of src/ go one way, and each vendor is touched in one place.
 *
 * A room may import the rooms on earlier lines of LEVELS; rooms on one line do not know each other. `errors.ts`,
 * `sentence.ts` and `yield.ts` may be imported from everywhere. Files directly in src/ (the page's entry) may import anything but the
 * default ORT entry.
 */
import { relative, resolve, dirname, sep } from 'node:path'
import { oneDevice } from './one-device.js'

const LEVELS = [
  ['onnx', 'evaluation', 'i18n', 'offline'],
  ['gradient'],
  ['runtime'],
  ['models'],
  ['data', 'prompts'],
  ['methods'],
  ['learning'],
  ['records', 'study'],
  ['formats'],
  ['lab'],
  ['state', 'cli'],
  ['ui'],
  ['gallery'],
]

/** Packages and the rooms that may import them; a package in none of these is free above `gradient`. */
const VENDORS = [
  { name: /^onnxruntime-/, rooms: ['runtime'] },
  { name: /^@tensorflow\/tfjs-backend-/, rooms: ['runtime'] },
  { name: /^@tensorflow\//, rooms: ['runtime'], typesAnywhere: true },
  { name: /^react($|[/-])/, rooms: ['ui', 'gallery'] },
  { name: /^uplot($|\/)/, rooms: ['ui'] },
  { name: /^zustand($|\/)/, rooms: ['state', 'ui'] },
  { name: /^@bufbuild\//, rooms: ['onnx'] },
  { name: /^workbox-/, rooms: ['offline'] },
  { name: /^idb$/, rooms: ['records', 'data'] },
]

/** These two stand alone, and could be published as packages of their own. */
const ALONE = { onnx: /^@bufbuild\//, gradient: /^$/ }

const level = (room) => LEVELS.findIndex((rooms) => rooms.includes(room))

/** Of no room: what a person is told, and how a thread lets messages in. */
const EVERYWHERE = new Set(['errors', 'sentence', 'yield'])

/** What is wrong with `file` (absolute) importing `source`; null where nothing is. */
export function complaint(root, file, source, typeOnly) {
  if (source === 'onnxruntime-web') {
    return "Import 'onnxruntime-web/webgpu', '/jspi' or '/wasm': the default entry is an old WebGPU engine."
  }
  const parts = relative(resolve(root, 'src'), file).split(sep)
  if (parts[0] === '..' || parts.length === 1) return null
  const room = parts[0]
  if (level(room) < 0) return `src/${room} is not in the table of rooms (scripts/lint/rooms.js).`

  if (source.startsWith('.')) {
    const target = relative(resolve(root, 'src'), resolve(dirname(file), source)).split(sep)
    if (target[0] === '..') return `src/${room} imports from outside of src.`
    if (target.length === 1) return EVERYWHERE.has(target[0]) ? null : `src/${room} imports the page's entry.`
    if (target[0] === room || level(target[0]) < level(room)) return null
    return `src/${room} may not import from src/${target[0]}: imports go one way.`
  }
  const vendor = VENDORS.find(({ name }) => name.test(source))
  if (vendor && !vendor.rooms.includes(room) && !(vendor.typesAnywhere && typeOnly)) {
    return `'${source}' is imported only in ${vendor.rooms.map((name) => `src/${name}`).join(', ')}.`
  }
  if (room in ALONE && !ALONE[room].test(source)) return `src/${room} stands alone: it may not import '${source}'.`
  return null
}

const rooms = {
  meta: { type: 'problem', schema: [], messages: { wrong: '{{ complaint }}' } },
  create(context) {
    function check(node) {
      const source = node.source?.value ?? node.argument?.literal?.value
      if (typeof source !== 'string') return
      const kind = node.importKind ?? node.exportKind
      const said = complaint(context.cwd, context.filename, source, kind === 'type' || node.type === 'TSImportType')
      if (said !== null) context.report({ node, messageId: 'wrong', data: { complaint: said } })
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    }
  },
}

/** The project's plugin, as ESLint and oxlint load it. */
export default { meta: { name: 'passepartout' }, rules: { rooms, 'one-device': oneDevice } }
