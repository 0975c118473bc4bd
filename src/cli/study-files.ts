/** Opens what a study's file names: its model, and its tasks as they are changed there. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { defaultArrangement } from '../data/arrange'
import { includeClasses, renameClass, setTemplate, type Arrangement } from '../data/arrangement'
import { nodeDecoder } from '../data/decode-node'
import { openAlbum, ownAbout, taskOf } from '../data/load'
import type { TaskAbout } from '../data/open-task'
import { sampleArrangement } from '../data/samples'
import { readSampleIndex, sampleSource } from '../data/samples-node'
import type { Source } from '../data/source'
import { openSource } from '../data/source-node'
import type { Task } from '../data/task'
import { UserError } from '../errors'
import type { ModelFiles } from '../models/files'
import { modelFolder } from '../models/files-node'
import { loadModel, type FrozenModel } from '../models/frozen-model'
import type { StudyModel, StudyTask } from '../study/plan-task'

const SAMPLES = 'public/samples'

/** @throws UserError where a file is missing, or is no model */
export async function openStudyModel(model: StudyModel): Promise<FrozenModel> {
  return loadModel(typeof model === 'string' ? modelFolder(withVariables(model)) : classifierFiles(model))
}

/** A classifier's files as a folder would hold them. */
function classifierFiles({ graph, labels, name, preprocessor }: Exclude<StudyModel, string>): ModelFiles {
  const file = withVariables(graph)
  const text = (content: string) => new TextEncoder().encode(content)
  const read: Readonly<Record<string, () => Promise<Uint8Array | null> | Uint8Array | null>> = {
    'model.onnx': () => fileOf(file),
    'preprocessor_config.json': () => text(JSON.stringify(preprocessor)),
    'labels.txt': () =>
      labels === undefined
        ? null
        : typeof labels === 'string'
          ? fileOf(withVariables(labels))
          : text(labels.join('\n')),
  }
  return {
    name: name ?? basename(file, '.onnx'),
    async read(path, onBytes) {
      const bytes = (await read[path]?.()) ?? null
      if (bytes) onBytes?.(bytes.byteLength, bytes.byteLength)
      return bytes
    },
  }
}

/** @throws UserError where pictures or classes are missing */
export async function openStudyTask(planned: StudyTask, model: FrozenModel): Promise<Task> {
  const { imageSize, resize } = model
  const { source, arrangementOf, about } = await sourceOf(planned)
  const opened = await openAlbum(source, { decoder: nodeDecoder, imageSize, resize })
  const arrangement = changed(arrangementOf(opened.album), planned)
  return taskOf(opened, arrangement, about(arrangement))
}

interface OpenedSource {
  readonly source: Source
  readonly arrangementOf: (album: Parameters<typeof defaultArrangement>[0]) => Arrangement
  readonly about: (arrangement: Arrangement) => TaskAbout
}

async function sourceOf(planned: StudyTask): Promise<OpenedSource> {
  const titled = (about: TaskAbout) => ({ ...about, title: planned.title ?? about.title })
  if ('sample' in planned) {
    const samples = await readSampleIndex(SAMPLES)
    const manifest = samples.find(({ id }) => id === planned.sample)
    if (!manifest) {
      throw new UserError(
        `There is no sample task "${planned.sample}".`,
        `The sample tasks are ${samples.map(({ id }) => id).join(', ')}.`,
      )
    }
    return {
      source: await sampleSource(SAMPLES, manifest),
      arrangementOf: (album) => sampleArrangement(manifest, album),
      about: () => titled(manifest),
    }
  }
  const { images, perClass, splitSeed, test, val } = planned
  const source = await openSource(withVariables(images))
  const split = { seed: splitSeed, ...(val !== undefined && { val }), ...(test !== undefined && { test }) }
  return {
    source: perClass === undefined ? source : thinned(source, perClass),
    arrangementOf: (album) => defaultArrangement(album, split),
    about: (arrangement) => titled(ownAbout(source.name, arrangement)),
  }
}

/** At most so many files of each folder, spread evenly over it. */
function thinned(source: Source, perFolder: number): Source {
  const folders = new Map<string, Source['files'][number][]>()
  for (const file of source.files) {
    const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1)
    folders.set(folder, [...(folders.get(folder) ?? []), file])
  }
  const files = [...folders.values()].flatMap((all) => {
    const count = Math.min(perFolder, all.length)
    return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!)
  })
  return { ...source, files }
}

/** The arrangement with the plan's classes, names and template. */
function changed(of: Arrangement, { classes, names = {}, template }: StudyTask): Arrangement {
  const keys = of.classes.map(({ key }) => key)
  const known = (key: string) => {
    if (keys.includes(key)) return
    throw new UserError(`The images have no class "${key}", which the study names.`, `They have ${keys.join(', ')}.`)
  }
  const wanted = classes === undefined ? keys : typeof classes === 'number' ? keys.slice(0, classes) : classes
  ;[...wanted, ...Object.keys(names)].forEach(known)
  const left = new Set(keys.filter((key) => !wanted.includes(key)))
  let next = includeClasses(of, left, false)
  for (const [key, name] of Object.entries(names)) next = renameClass(next, key, name)
  return template === undefined ? next : setTemplate(next, template)
}

/** "${NAME}/images" with the value of the environment variable. */
export function withVariables(path: string): string {
  return path.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = process.env[name]
    if (value !== undefined) return value
    throw new UserError(`The study needs the environment variable ${name}.`, `Set it: the study reads "${path}".`)
  })
}

async function fileOf(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new UserError(`There is no file "${file}", which the study names.`, 'Check the path.', { cause })
  })
}
