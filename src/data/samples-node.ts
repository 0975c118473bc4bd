/** The embedded sample tasks on Node, straight from `public/samples/`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../errors'
import { parseSampleIndex, type SampleManifest } from './samples'
import { directorySource } from './source-node'
import type { Source } from './source'

/** @param root the folder that holds `index.json`, e.g. "public/samples" */
export async function readSampleIndex(root: string): Promise<readonly SampleManifest[]> {
  const path = join(root, 'index.json')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError(`There is no list of sample tasks at "${path}".`, 'Fetch the program again.', { cause })
  })
  return parseSampleIndex(parseJson(text))
}

export function sampleSource(root: string, manifest: SampleManifest): Promise<Source> {
  return directorySource(join(root, manifest.id))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
