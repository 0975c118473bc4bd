/** Project files: what is no project, what was made by another program, and parts that are missing, changed or nonsense. */
import { strToU8, unzipSync, zipSync } from 'fflate'
import { readProject } from '../../src/formats/project/read'
import { say } from '../../src/i18n/said'
import { CENTRAL, END, patch } from '../formats/assembler'
import { file, repacked, withImages, withManifest, type Changed } from '../formats/a-project'
import { aRecord } from '../formats/a-run'
import { offered, text, type Kinds } from './kind'

const zip = (files: Readonly<Record<string, Uint8Array>>) => zipSync({ ...files })
const json = (value: unknown) => strToU8(JSON.stringify(value))
const manifest = (content: string | Uint8Array) =>
  zip({ 'manifest.json': typeof content === 'string' ? text(content) : content })
const utf16 = new Uint8Array(Buffer.from('{"format":"passepartout.project"}', 'utf16le'))
const changed = (keys: Readonly<Record<string, unknown>>) => withManifest((m) => ({ ...m, ...keys }))
const listing = (facts: Readonly<Record<string, unknown>>) =>
  withManifest((m) => ({
    ...m,
    files: { ...m.files, 'runs/1/curves.json': { ...m.files['runs/1/curves.json'], ...facts } },
  }))

const REFUSED: Readonly<Record<string, readonly [file: Uint8Array, says: string]>> = {
  'what is no zip': [text('hello'), 'not a project'],
  nothing: [new Uint8Array(), 'not a project'],
  'a zip of something else': [zip({ 'a.txt': text('x') }), 'not a project'],
  'a zip of nothing': [zip({}), 'not a project'],
  'a zip whose list lies beyond it': [patch(file, END, 16, 0x7fffffff), 'not where it should be'],
  'a manifest that is no JSON': [manifest('{'), 'not a project'],
  'a manifest of no bytes': [manifest(''), 'not a project'],
  'a manifest that is a list': [manifest('[]'), 'not a project'],
  'a manifest that is null': [manifest('null'), 'not a project'],
  'a manifest in UTF-16': [manifest(utf16), 'not a project'],
  'a manifest of another program': [manifest('{"version":1}'), 'not a project'],
  'a manifest of another format': [changed({ format: 'passepartout.border.1' }), 'not a project'],
  'a manifest nested without end': [manifest('['.repeat(1e6)), 'not a project'],
  'a newer version': [changed({ version: 2 }), 'newer version'],
  'a much newer version': [changed({ version: 2 ** 40 }), 'newer version'],
  'a version before the first': [changed({ version: 0 }), 'too old'],
  'a version below zero': [changed({ version: -1 }), 'not a project'],
  'a version and a half': [changed({ version: 1.5 }), 'not a project'],
  'a version in words': [changed({ version: 'one' }), 'not a project'],
  'no version': [changed({ version: undefined }), 'not a project'],
  'a manifest without files': [changed({ files: undefined }), '"files" of its manifest'],
  'files that are a list': [changed({ files: ['a'] }), '"files" of its manifest'],
  'files without digests': [changed({ files: { a: { bytes: 1 } } }), '"files.a.sha256"'],
  'a digest too short': [listing({ sha256: 'ab' }), 'sha256'],
  'a digest in capitals': [listing({ sha256: 'AB'.repeat(32) }), 'sha256'],
  'a file of less than nothing': [listing({ bytes: -1 }), 'bytes'],
  'a file of half a byte': [listing({ bytes: 0.5 }), 'bytes'],
  'a title that is a number': [changed({ title: 7 }), '"title"'],
  'a title of a thousand letters': [changed({ title: 'x'.repeat(1000) }), '"title"'],
  'no date': [changed({ createdAt: undefined }), '"createdAt"'],
  'runs that are one text': [changed({ runs: 'runs/1' }), '"runs"'],
  'runs that are numbers': [changed({ runs: [1] }), '"runs.0"'],
  'no list of data': [changed({ data: undefined }), '"data"'],
  'settings that are a list': [changed({ settings: [] }), '"settings"'],
  'a path out of the zip': [zipSync({ ...unzipSync(file), '../x': text('x') }), 'leads out'],
  'a path from the root': [zipSync({ ...unzipSync(file), '/x': text('x') }), 'leads out'],
  'a path of dots': [zipSync({ ...unzipSync(file), 'runs/./x': text('x') }), 'leads out'],
  'a bomb': [patch(file, CENTRAL, 24, 0xfffffff0), 'more than this program takes'],
  'a zip cut short': [file.slice(0, -30), 'its end is missing'],
  'a zip without its beginning': [file.slice(100), 'not a project'],
  'a zip that is encrypted': [patch(file, CENTRAL, 8, 1, 2), 'encrypted'],
}

/** What is said of the part that is left out; the other runs are read. */
async function passedOver(bytes: Uint8Array | Promise<Uint8Array>): Promise<string> {
  const { project, warnings } = await readProject('a.zip', await bytes)
  if (!project.runs.some(({ record }) => record.id === 'b')) throw new Error('the other runs were lost')
  return warnings.map(say).join(' ')
}

const parts = unzipSync(file)
const parsed = (path: string) => JSON.parse(new TextDecoder().decode(parts[path])) as Record<string, never>
const curves = parsed('runs/1/curves.json') as unknown as { steps: Record<string, number[]> }
const test = parsed('runs/1/test.json') as unknown as Record<string, unknown>
const data = parsed('data/1/data.json') as unknown as Record<string, unknown>
const flipped = (path: string, at: number, of = parts) => of[path]!.map((byte, i) => (i === at ? byte ^ 1 : byte))
const pixels = unzipSync(withImages)

const CHANGED: Readonly<Record<string, readonly [changes: Readonly<Record<string, Uint8Array | null>>, says: string]>> =
  {
    'a curve that is no JSON': [
      { 'runs/1/curves.json': text('{') },
      '"runs/1/curves.json" was left out: it is damaged.',
    ],
    'a curve that is null': [{ 'runs/1/curves.json': text('null') }, '"runs/1/curves.json" was left out'],
    'a curve of no bytes': [{ 'runs/1/curves.json': new Uint8Array() }, '"runs/1/curves.json" was left out'],
    'a curve in Latin letters': [
      { 'runs/1/curves.json': Uint8Array.of(0x22, 0xfc, 0x22) },
      '"runs/1/curves.json" was left out',
    ],
    'a curve with a gap': [
      { 'runs/1/curves.json': json({ ...curves, steps: { ...curves.steps, loss: [] } }) },
      'not of one length',
    ],
    'a curve of words': [{ 'runs/1/curves.json': json({ steps: { step: ['one'] } }) }, 'is not as it should be'],
    'a curve without validations': [{ 'runs/1/curves.json': json({ steps: curves.steps }) }, 'is not as it should be'],
    'a curve nested without end': [{ 'runs/1/curves.json': text('['.repeat(1e6)) }, 'too deep'],
    'a checkpoint of nothing': [{ 'runs/1/checkpoint.bin': new Uint8Array() }, '"runs/1/checkpoint.bin" was left out'],
    'a checkpoint changed': [
      { 'runs/1/checkpoint.bin': flipped('runs/1/checkpoint.bin', 99) },
      '"runs/1/checkpoint.bin" was left out',
    ],
    'a checkpoint cut in half': [
      { 'runs/1/checkpoint.bin': parts['runs/1/checkpoint.bin']!.slice(0, 200) },
      '"runs/1/checkpoint.bin" was left out',
    ],
    'a pickle for a checkpoint': [
      { 'runs/1/checkpoint.bin': text('cos\nsystem\n(S"echo harm"\ntR.') },
      '"runs/1/checkpoint.bin" was left out',
    ],
    'another run’s border': [{ 'runs/1/record.json': json(aRecord({ border: 1 })) }, 'no border of 1 pixels'],
    'a border of another size': [
      { 'runs/1/border.safetensors': parts['runs/1/checkpoint.bin']! },
      'not a safetensors file',
    ],
    'a border of no tensors': [
      { 'runs/1/border.safetensors': Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d) },
      'no border of 8 pixels',
    ],
    'a prediction too few': [{ 'runs/1/test.json': json({ ...test, labels: [1] }) }, 'not of one length'],
    'a class of 70,000': [{ 'runs/1/test.json': json({ ...test, labels: [70_000] }) }, '"labels.0"'],
    'a class of minus one': [{ 'runs/1/test.json': json({ ...test, labels: [-1] }) }, '"labels.0"'],
    'answers without paths': [{ 'runs/1/test.json': json({ ...test, paths: null }) }, '"paths"'],
    'answers of one side': [{ 'runs/1/test.json': json({ ...test, zeroShot: undefined }) }, '"zeroShot"'],
    'curves that are missing': [{ 'runs/1/curves.json': null }, '"runs/1/curves.json" was left out: it is missing.'],
    'a checkpoint that is missing': [
      { 'runs/1/checkpoint.bin': null },
      '"runs/1/checkpoint.bin" was left out: it is missing.',
    ],
    'a border that is missing': [
      { 'runs/1/border.safetensors': null },
      '"runs/1/border.safetensors" was left out: it is missing.',
    ],
    'answers that are missing': [{ 'runs/1/test.json': null }, '"runs/1/test.json" was left out: it is missing.'],
    'data that are missing': [{ 'data/1/data.json': null }, '"data/1" was left out: it is missing.'],
    'a record that is missing': [{ 'runs/1/record.json': null }, '"runs/1" was left out: it is missing.'],
    'a record that is null': [{ 'runs/1/record.json': text('null') }, '"runs/1" was left out'],
    'a record with a key of its own': [
      { 'runs/1/record.json': json({ ...aRecord(), extra: 1 }) },
      '"runs/1" was left out',
    ],
    'a record of a newer program': [{ 'runs/1/record.json': json({ ...aRecord(), version: 9 }) }, 'newer version'],
    'a record of a step below zero': [
      { 'runs/1/record.json': json({ ...aRecord(), step: -1 }) },
      '"runs/1" was left out',
    ],
    'a record of no state': [{ 'runs/1/record.json': json({ ...aRecord(), state: 'lost' }) }, '"runs/1" was left out'],
    'images of a class that there is not': [
      { 'data/1/data.json': json({ ...data, task: { ...aRecord().task, classes: [] } }) },
      '"data/1" was left out',
    ],
    'an arrangement of nonsense': [
      { 'data/1/data.json': json({ ...data, arrangement: { classes: 3 } }) },
      '"data/1" was left out',
    ],
    'data without splits': [{ 'data/1/data.json': json({ ...data, splits: undefined }) }, '"data/1" was left out'],
  }

const wrongDigest = (m: Changed) => {
  m.files['runs/1/curves.json']!.sha256 = '0'.repeat(64)
  return m
}

export const projects: Kinds = {
  ...offered(REFUSED, (bytes) => readProject('bad.zip', bytes)),
  ...offered(CHANGED, (changes) => passedOver(repacked(changes))),
  'a wrong digest': { offer: () => passedOver(withManifest(wrongDigest)), says: 'its content is not what was saved' },
  'a picture that is another': {
    offer: () => passedOver(repacked({ 'data/1/val.rgb': flipped('data/1/val.rgb', 300, pixels) }, withImages)),
    says: 'class1/val1.png',
  },
  'pictures cut short': {
    offer: () => passedOver(repacked({ 'data/1/val.rgb': pixels['data/1/val.rgb']!.slice(0, 99) }, withImages)),
    says: 'data/1',
  },
  'pictures that are missing': {
    offer: () => passedOver(repacked({ 'data/1/val.rgb': null }, withImages)),
    says: 'data/1',
  },
  'a file that nobody listed': {
    offer: () => passedOver(zipSync({ ...unzipSync(file), 'harm.js': text('x') })),
    says: '"harm.js" is not in its list of files',
  },
  'a run that is nowhere': {
    offer: () => passedOver(withManifest((m) => ({ ...m, runs: [...(m.runs as string[]), 'runs/9'] }))),
    says: '"runs/9" was left out',
  },
}
