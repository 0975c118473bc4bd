/** A project with three runs and their data, and the same with parts of it changed. */
import { strToU8, unzipSync, zipSync } from 'fflate'
import { memorySet } from '../../src/data/memory-set'
import { SPLITS } from '../../src/data/task'
import type { Project, ProjectData } from '../../src/formats/project/project'
import { writeProject } from '../../src/formats/project/write'
import { sha256 } from '../../src/models/sha256'
import { aRecord, aRun } from './a-run'

export const IMAGE_BYTES = 3 * 8 * 8

async function someData(): Promise<ProjectData> {
  const set = async (split: string) => {
    const count = split === 'train' ? 7 : 4
    const pixels = Uint8Array.from({ length: count * IMAGE_BYTES }, (_, i) => (i * 7 + split.length) & 255)
    const labels = Uint16Array.from({ length: count }, (_, i) => i % 3)
    const paths = Array.from(labels, (label, i) => `class${label}/${split}${i}.png`)
    const images = paths.map((_, i) => pixels.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES))
    return memorySet(pixels, labels, paths, await Promise.all(images.map((image) => sha256(image))))
  }
  const [train, val, test] = await Promise.all(SPLITS.map(set))
  const pixels = { train: train!, val: val!, test: test! }
  const reference = ({ digests, labels, paths }: typeof pixels.train) => ({ digests, labels, paths })
  return {
    task: aRecord().task,
    arrangement: {
      classes: [{ key: 'one', name: 'a thing', folders: ['one'], included: true }],
      template: 'art of {}',
      labels: {},
      without: [],
      split: { from: 'given', seed: 3, val: 0.2, test: 0.2, shots: null, together: false },
    },
    splits: { train: reference(pixels.train), val: reference(pixels.val), test: reference(pixels.test) },
    resize: { fit: 'squash', side: 8, filter: 'bilinear' },
    pixels,
  }
}

export const data = await someData()
export const curves = aRun().parts.curves!
const odd = { ...curves, steps: { ...curves.steps, loss: Float64Array.of(NaN, Infinity, -Infinity, 1 / 3, 1e-300, 0) } }
export const project: Project = {
  title: 'Grüße',
  createdAt: '2026-11-22T11:00:00.000Z',
  runs: [
    aRun(),
    {
      record: aRecord({ id: 'b', state: 'paused', outcome: null }),
      parts: { ...aRun().parts, curves: odd, test: null, border: null, history: null },
    },
    {
      record: aRecord({ id: 'c', state: 'waiting' }),
      parts: { checkpoint: null, curves: null, border: null, history: null, val: null, test: null },
    },
  ],
  data: [data],
  settings: { language: 'zh', nested: { a: [1, null, true] } },
}
export const file = await writeProject(project)
export const withImages = await writeProject(project, { withImages: true })

export interface Changed {
  files: Record<string, { bytes: number; sha256: string }>
  [key: string]: unknown
}

/** The project with other files, the manifest's digests being made true for them. */
export async function repacked(changes: Readonly<Record<string, Uint8Array | null>>, of = file): Promise<Uint8Array> {
  const parts = unzipSync(of)
  const manifest = JSON.parse(new TextDecoder().decode(parts['manifest.json'])) as Changed
  for (const [path, bytes] of Object.entries(changes)) {
    if (bytes) parts[path] = bytes.slice()
    else Reflect.deleteProperty(parts, path)
    if (bytes) manifest.files[path] = { bytes: bytes.length, sha256: await sha256(bytes) }
  }
  return zipSync({ ...parts, 'manifest.json': strToU8(JSON.stringify(manifest)) })
}

export function withManifest(change: (manifest: Changed) => unknown): Uint8Array {
  const parts = unzipSync(file)
  const manifest = JSON.parse(new TextDecoder().decode(parts['manifest.json'])) as Changed
  return zipSync({ ...parts, 'manifest.json': strToU8(JSON.stringify(change(manifest))) })
}
