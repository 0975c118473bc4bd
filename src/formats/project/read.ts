/**
 * Reads a project that anybody may have made. What is whole is given back; what is damaged, missing or of another version is
 * left out and told. Only a file whose list of contents cannot be trusted is refused as a whole.
 */
import { memorySet } from '../../data/memory-set'
import { SPLITS, type ImageSet, type Split } from '../../data/task'
import { UserError } from '../../errors'
import { sha256 } from '../../models/sha256'
import type { PaddingGeometry } from '../../prompts/padding-shapes'
import { readRecord } from '../../records/migrations'
import type { KeptRun, Keyframe, RunRecord } from '../../records/run-record'
import { ClauseError, said, sentenceOf, type Sentence } from '../../sentence'
import { Archive } from '../archive'
import { MANIFEST, notAProject, readManifest, type Manifest } from './manifest'
import {
  parseJson,
  PartError,
  readBorderImage,
  readCheckpoint,
  readCurves,
  readData,
  readKeyframe,
  readPredictions,
  type DataHead,
} from './parts'
import type { OpenedProject, ProjectData } from './project'

/** What we write in JSON packs to a tenth; what unpacks to far more was made to fill the memory. */
const limitsOf = (bytes: Uint8Array) => ({
  entries: 100_000,
  totalBytes: Math.min(2 ** 31, 2 ** 27 + 30 * bytes.length),
})
const MAX_MANIFEST_BYTES = 64 * 2 ** 20

/**
 * @param name what the file is called, for people
 * @throws UserError
 */
export async function readProject(name: string, bytes: Uint8Array): Promise<OpenedProject> {
  const archive = openArchive(name, bytes)
  const manifest = readManifest(name, manifestOf(name, archive))
  const reader = new Reader(name, archive, manifest)
  const runs = await reader.each(manifest.runs, (folder) => reader.run(folder))
  const data = await reader.each(manifest.data, (folder) => reader.data(folder))
  for (const path of archive.names) {
    if (path !== MANIFEST && !Object.hasOwn(manifest.files, path))
      reader.warn(said`"${path}" is not in its list of files, and was passed over.`)
  }
  const { createdAt, settings, title } = manifest
  return { project: { title, createdAt, runs, data, settings }, warnings: reader.warnings }
}

function openArchive(name: string, bytes: Uint8Array): Archive {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) throw notAProject(name)
  return new Archive(name, bytes, limitsOf(bytes))
}

function manifestOf(name: string, archive: Archive): unknown {
  if ((archive.size(MANIFEST) ?? 0) > MAX_MANIFEST_BYTES) throw notAProject(name)
  const bytes = archive.read(MANIFEST)
  if (!bytes) throw notAProject(name)
  try {
    return parseJson(bytes)
  } catch (cause) {
    throw notAProject(name, cause)
  }
}

/** Thrown where a run or data cannot be had at all. */
class Lost extends ClauseError {}

class Reader {
  readonly warnings: Sentence[] = []

  constructor(
    readonly name: string,
    readonly archive: Archive,
    readonly manifest: Manifest,
  ) {}

  /** Said at most so often: a hostile file must not fill the page with them. */
  warn(sentence: Sentence): void {
    if (this.warnings.length < 100) this.warnings.push(sentence)
  }

  /** What `read` makes of each folder, without those that are lost. */
  async each<T>(folders: readonly string[], read: (folder: string) => Promise<T>): Promise<T[]> {
    const found: T[] = []
    for (const folder of new Set(folders)) {
      try {
        found.push(await read(folder))
      } catch (error) {
        if (!(error instanceof Lost)) throw error
        this.warn(said`"${folder}" was left out: ${error.said}.`)
      }
    }
    return found
  }

  async run(folder: string): Promise<KeptRun> {
    const record = await this.#record(folder)
    const part = <T>(file: string, read: (bytes: Uint8Array) => T | Promise<T>) => this.#part(`${folder}/${file}`, read)
    const { imageSize } = record.model
    const geometry = { imageSize, width: record.border }
    return {
      record,
      parts: {
        checkpoint: await part('checkpoint.bin', (bytes) => readCheckpoint(bytes, geometry)),
        curves: await part('curves.json', readCurves),
        border: await part('border.safetensors', (bytes) => readBorderImage('border.safetensors', bytes, imageSize)),
        history: await this.#history(folder, geometry),
        val: await part('val.json', readPredictions),
        test: await part('test.json', readPredictions),
      },
    }
  }

  async #record(folder: string): Promise<RunRecord> {
    try {
      const bytes = await this.#bytes(`${folder}/record.json`)
      if (!bytes) throw new PartError('its record is missing')
      return readRecord(parseJson(bytes))
    } catch (error) {
      throw new Lost(clause(error))
    }
  }

  async #history(folder: string, geometry: PaddingGeometry): Promise<Keyframe[] | null> {
    const prefix = `${folder}/history/`
    const paths = Object.keys(this.manifest.files).filter((path) => path.startsWith(prefix))
    const keyframes: Keyframe[] = []
    for (const path of paths) {
      const keyframe = await this.#part(path, (bytes) => readKeyframe(bytes, geometry))
      if (keyframe) keyframes.push(keyframe)
    }
    return paths.length === 0 ? null : keyframes.sort((a, b) => a.step - b.step)
  }

  async data(folder: string): Promise<ProjectData> {
    let head: DataHead
    try {
      const bytes = await this.#bytes(`${folder}/data.json`)
      if (!bytes) throw new PartError('its list of images is missing')
      head = readData(bytes)
    } catch (error) {
      throw new Lost(clause(error))
    }
    return { ...head, pixels: head.pixels ? await this.#pixels(folder, head) : null }
  }

  /** All splits, or none where one is not what its digests say. */
  async #pixels(folder: string, { splits, task }: DataHead): Promise<Record<Split, ImageSet> | null> {
    const imageBytes = 3 * task.imageSize ** 2
    const sets: Partial<Record<Split, ImageSet>> = {}
    for (const split of SPLITS) {
      const { digests, labels, paths } = splits[split]
      const pixels = await this.#part(`${folder}/${split}.rgb`, async (bytes) => {
        if (bytes.length !== labels.length * imageBytes) throw new PartError('it is not as long as its images')
        for (const [i, digest] of digests.entries()) {
          const image = bytes.subarray(i * imageBytes, (i + 1) * imageBytes)
          if ((await sha256(image)) !== digest)
            throw new PartError(said`the image "${paths[i]!}" is not the one that was saved`)
        }
        return bytes
      })
      if (!pixels) {
        this.warn(said`The images of "${task.title}" were left out: choose them again to go on with its runs.`)
        return null
      }
      sets[split] = memorySet(pixels, labels, paths, digests)
    }
    return sets as Record<Split, ImageSet>
  }

  /** A part of a run; null, and a warning, where it is listed and cannot be read; null where it is not listed. */
  async #part<T>(path: string, read: (bytes: Uint8Array) => T | Promise<T>): Promise<T | null> {
    try {
      const bytes = await this.#bytes(path)
      return bytes && (await read(bytes))
    } catch (error) {
      this.warn(said`"${path}" was left out: ${clause(error)}.`)
      return null
    }
  }

  /** Bytes of a file that the manifest lists, as it lists them; null where it lists none. */
  async #bytes(path: string): Promise<Uint8Array | null> {
    const listed = Object.hasOwn(this.manifest.files, path) ? this.manifest.files[path]! : null
    if (!listed) return null
    const bytes = this.archive.read(path)
    if (!bytes) throw new PartError('it is missing')
    if (bytes.length !== listed.bytes || (await sha256(bytes)) !== listed.sha256) {
      throw new PartError('its content is not what was saved')
    }
    return bytes
  }
}

/** Why, as a clause: a sentence of its own without its full stop. */
function clause(error: unknown): Sentence {
  if (error instanceof ClauseError) return error.said
  if (!(error instanceof UserError)) return sentenceOf('it is damaged')
  const { template, values } = error.said.message
  return { template: template.replace(/\.$/, ''), values }
}
