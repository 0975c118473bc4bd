/** Writes a project as a zip, piece by piece: pictures are read one at a time, and nothing but the piece is held. */
import { Zip, ZipDeflate, ZipPassThrough, type ZipInputFile } from 'fflate'
import { createSHA256 } from 'hash-wasm'
import { SPLITS } from '../../data/task'
import { UserError } from '../../errors'
import { FORMAT, MANIFEST, PROJECT_VERSION, type Manifest } from './manifest'
import { dataJson, jsonBytes, partFiles } from './parts'
import type { Project } from './project'

/** fflate writes no zip64, and a page can hardly open more. */
const MAX_BYTES = 2 * 2 ** 30
/** A fixed time, so that the same project gives the same bytes. */
const WRITTEN = new Date(1980, 0, 1)
/** Pixels of this many bytes go into the zip at a time. */
const PIECE = 4 * 2 ** 20

export interface WriteOptions {
  /** Also the pixels of the data that have them; off unless said. */
  readonly withImages?: boolean
}

/**
 * The file, in pieces.
 * @throws UserError when it would be over 2 GB
 */
export async function* projectPieces(
  project: Project,
  { withImages = false }: WriteOptions = {},
): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = []
  let failure: Error | null = null
  const zip = new Zip((error, piece) => {
    if (error) failure = error
    else pieces.push(piece)
  })
  let written = 0
  function* drain(): Generator<Uint8Array> {
    if (failure) throw failure
    for (const piece of pieces.splice(0)) {
      written += piece.length
      if (written > MAX_BYTES) throw tooLarge()
      yield piece
    }
  }
  const files: Manifest['files'] = {}
  async function* put(path: string, contents: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const hash = await createSHA256()
    // Floats hardly get smaller: it would only take time.
    const entry: ZipInputFile & { push(chunk: Uint8Array, final?: boolean): void } = path.endsWith('.json')
      ? new ZipDeflate(path, { level: 6 })
      : new ZipPassThrough(path)
    entry.mtime = WRITTEN
    zip.add(entry)
    let bytes = 0
    for (const content of contents) {
      hash.update(content)
      bytes += content.length
      // A copy: fflate keeps what it is given, and the caller may use its buffer again.
      entry.push(content.slice())
      yield* drain()
    }
    entry.push(new Uint8Array(), true)
    files[path] = { bytes, sha256: hash.digest('hex') }
    yield* drain()
  }

  const folders = { runs: [] as string[], data: [] as string[] }
  for (const [i, run] of project.runs.entries()) {
    const folder = `runs/${i + 1}`
    folders.runs.push(folder)
    yield* put(`${folder}/record.json`, [jsonBytes(run.record)])
    for (const [name, bytes] of await partFiles(run)) yield* put(`${folder}/${name}`, [bytes])
  }
  for (const [i, data] of project.data.entries()) {
    const folder = `data/${i + 1}`
    folders.data.push(folder)
    const pixels = withImages ? data.pixels : null
    yield* put(`${folder}/data.json`, [jsonBytes(dataJson({ ...data, pixels }))])
    if (!pixels) continue
    const imageBytes = 3 * data.task.imageSize ** 2
    for (const split of SPLITS) yield* put(`${folder}/${split}.rgb`, imagePieces(pixels[split], imageBytes))
  }
  const { createdAt, settings, title } = project
  const manifest: Manifest = { format: FORMAT, version: PROJECT_VERSION, title, createdAt, ...folders, settings: { ...settings }, files } // prettier-ignore
  yield* put(MANIFEST, [jsonBytes(manifest)])
  zip.end()
  yield* drain()
}

/** Pixels of a split, image after image: uint8 [N,3,S,S] in pieces. */
function* imagePieces(set: { count: number; read(index: number, into: Uint8Array): void }, imageBytes: number) {
  const room = Math.max(1, Math.floor(PIECE / imageBytes))
  for (let start = 0; start < set.count; start += room) {
    const count = Math.min(room, set.count - start)
    const piece = new Uint8Array(count * imageBytes)
    for (let i = 0; i < count; i++) set.read(start + i, piece.subarray(i * imageBytes, (i + 1) * imageBytes))
    yield piece
  }
}

/** The whole file in one piece; for small ones. */
export async function writeProject(project: Project, options?: WriteOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of projectPieces(project, options)) pieces.push(piece)
  const file = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    file.set(piece, at)
    at += piece.length
  }
  return file
}

const tooLarge = () =>
  new UserError('The project would be larger than 2 GB.', 'Save it without the images, or fewer runs at a time.')
