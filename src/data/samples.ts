/**
 * The embedded sample tasks: a manifest `samples/index.json`, and for each task an image folder with given splits,
 * read from the folder itself on Node and from one zip a task (`samples/<id>.zip`) in a page.
 */
import { z } from 'zod'
import { unreachable, UserError } from '../errors'
import type { Album } from './album'
import { defaultArrangement } from './arrange'
import type { Arrangement } from './arrangement'
import { whatIsWrong } from './arrangement-schema'
import { openAlbum, taskOf, type LoadOptions } from './load'
import { parseSampleFacts, type PackedSample, type SampleFacts } from './sample-facts'
import type { Source } from './source'
import { zipSource } from './source-zip'
import type { Task } from './task'

const manifestSchema = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  title: z.string().min(1),
  description: z.string(),
  /** One `{}` for the class name. */
  template: z.string().refine((template) => template.split('{}').length === 2, 'needs exactly one {}'),
  classes: z.array(z.object({ folder: z.string().min(1), name: z.string().min(1) })).min(2),
  /** Seed that the pictures were rendered with. */
  seed: z.int(),
  /** Which result of the literature the task echoes. */
  echoes: z.string(),
})
export type SampleManifest = z.infer<typeof manifestSchema>

const indexSchema = z.array(manifestSchema)

/** @throws UserError when the manifest is not what it should be */
export function parseSampleIndex(json: unknown): readonly SampleManifest[] {
  const parsed = indexSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new UserError(
    `The list of sample tasks (samples/index.json) is damaged: ${whatIsWrong(parsed.error)}.`,
    'Fetch the program again, or render the samples anew.',
  )
}

/** Classes, names, template and order as the manifest has them. */
export function sampleArrangement(manifest: SampleManifest, album: Album): Arrangement {
  const listed = manifest.classes.map(({ folder }) => folder)
  const other = listed.find((folder) => !album.folders.includes(folder))
  const unlisted = album.folders.find((folder) => !listed.includes(folder))
  if (other !== undefined || unlisted !== undefined) {
    throw new UserError(
      `The images of "${manifest.title}" do not match its list of classes: "${other ?? unlisted}" is ${other === undefined ? 'not in the list' : 'missing'}.`,
      'Fetch the program again, or render the samples anew.',
    )
  }
  const classes = manifest.classes.map(({ folder, name }) => ({ key: folder, name, folders: [folder], included: true }))
  return { ...defaultArrangement(album), classes, template: manifest.template }
}

/** Loads a sample from its folder or zip. */
export async function loadSample(
  manifest: SampleManifest,
  source: Source,
  options: Omit<LoadOptions, 'splitSeed'>,
): Promise<Task> {
  const opened = await openAlbum(source, options)
  return taskOf(opened, sampleArrangement(manifest, opened.album), manifest)
}

/** @param base address of the page's public files, with a trailing slash */
export async function fetchSampleIndex(base: string): Promise<readonly SampleManifest[]> {
  const response = await request(`${base}samples/index.json`)
  return parseSampleIndex(await response.json().catch(() => null))
}

/** The zip of a sample as a source. */
export async function fetchSample(base: string, manifest: SampleManifest): Promise<Source> {
  return zipSource(`${manifest.id}.zip`, await fetchZip(base, manifest))
}

/** The zip with what the build has found out about it; null in the development server, which has not. */
export async function fetchPackedSample(base: string, manifest: SampleManifest): Promise<PackedSample | null> {
  const [zip, facts] = await Promise.all([fetchZip(base, manifest), fetchFacts(base, manifest)])
  return facts && { zip, facts }
}

async function fetchZip(base: string, { id }: SampleManifest): Promise<Uint8Array> {
  const url = `${base}samples/${id}.zip`
  const response = await request(url)
  const bytes = await response.arrayBuffer().catch((cause: unknown) => {
    throw unreachable(url, cause)
  })
  return new Uint8Array(bytes)
}

async function fetchFacts(base: string, { id }: SampleManifest): Promise<SampleFacts | null> {
  const response = await fetch(`${base}samples/${id}.facts.json`).catch(() => null)
  return response?.ok ? parseSampleFacts(await response.json().catch(() => null)) : null
}

async function request(url: string): Promise<Response> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw unreachable(url, cause)
  })
  if (response.ok) return response
  throw new UserError(`${url} is not there (status ${response.status}).`, 'Build and serve the page again.')
}
