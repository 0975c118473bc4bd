/** Files that hold runs or borders: a project, an exact border, a checkpoint of the authors' code. */
import { UserError } from '../errors'
import { readBorder } from '../formats/border-file'
import type { ProjectData } from '../formats/project/project'
import { readProject } from '../formats/project/read'
import { quick } from '../learning/recipes'
import { readRecord } from '../records/migrations'
import type { KeptRun, RunRecord } from '../records/run-record'
import { said, type Sentence } from '../sentence'
import { beginBrought } from './begin'
import type { Holdings } from './holdings'
import { keepBroughtImages } from './import-images'
import type { ImportedFile } from './protocol-runs'

/** Larger than any that this program writes without images; what is read is held in memory whole. */
const MAX_BYTES = 2 * 2 ** 30

/** @throws UserError */
export async function importFile(lab: Holdings, name: string, file: Blob): Promise<ImportedFile> {
  if (file.size > MAX_BYTES) {
    throw new UserError(
      said`"${name}" is larger than any project.`,
      'Choose a project, a border, or a checkpoint of a border.',
    )
  }
  const bytes = new Uint8Array(await file.arrayBuffer())
  // A checkpoint of PyTorch is a zip as well, but its name says so.
  if (!/\.(safetensors|pth|pt|tar|bin|ckpt)$/i.test(name)) return importProject(lab, name, bytes)
  const { geometry, parameters, says } = readBorder(name, bytes)
  const border = { parameters, ...geometry, std: deviations(says.get('std')), step: stepsOf(says.get('step')) }
  const recipe = { ...quick, name: 'imported', borderFraction: geometry.width / geometry.imageSize }
  const record = await beginBrought(lab, {
    ...border,
    name: name.replace(/\.[^.]*$/, ''),
    recipe,
    seed: 0,
    origin: null,
  })
  return { records: [record], warnings: [] }
}

async function importProject(lab: Holdings, name: string, bytes: Uint8Array): Promise<ImportedFile> {
  const { project, warnings } = await readProject(name, bytes)
  const store = await lab.runs.store()
  const records: RunRecord[] = []
  const told: Sentence[] = [...warnings]
  const brought = new Map<ProjectData, string | null>()
  for (const run of project.runs) {
    const { task } = run.record
    const data = project.data.find((one) => one.task.fingerprint === task.fingerprint)
    if (data && !brought.has(data)) brought.set(data, await imagesOf(lab, data, told))
    const album = (data && brought.get(data)) ?? null
    const record = await importRun(
      lab,
      album ? { ...run, record: { ...run.record, task: { ...task, sample: null, album } } } : run,
    )
    if (data?.arrangement) await store.save(record, { arrangement: data.arrangement })
    records.push(record)
  }
  return { records, warnings: told }
}

/** Of images that are here in any case, the project's own pixels are not needed. */
async function imagesOf(lab: Holdings, data: ProjectData, told: Sentence[]): Promise<string | null> {
  const { album, sample } = data.task
  if (lab.samples.some(({ id }) => id === sample)) return null
  const shelf = await lab.images.shelf()
  if (album !== null && (await shelf.album(album))) return null
  try {
    return await keepBroughtImages(shelf, data)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    told.push(error.said.message)
    return null
  }
}

/** Keeps a run that comes from elsewhere. One of its id that is here stays as it is. */
export async function importRun(lab: Holdings, run: KeptRun): Promise<RunRecord> {
  const store = await lab.runs.store()
  const record = readRecord(run.record)
  const id = (await store.find(record.id)) ? crypto.randomUUID() : record.id
  // What another page was at work on is not at work here; and what waited there has nothing to wait for.
  const state = record.state === 'learning' || record.state === 'waiting' ? 'paused' : record.state
  const brought: RunRecord = { ...record, id, state, group: null }
  await store.write({ record: brought, parts: run.parts })
  return brought
}

/** Three deviations as a file says them; null where it does not, or nonsense. */
function deviations(said: string | undefined): readonly number[] | null {
  try {
    const value: unknown = JSON.parse(said ?? 'null')
    const sound = Array.isArray(value) && value.length === 3 && value.every((one) => typeof one === 'number' && one > 0)
    return sound ? (value as number[]) : null
  } catch {
    return null
  }
}

const stepsOf = (said: string | undefined): number => (said && /^\d{1,9}$/.test(said) ? Number(said) : 0)
