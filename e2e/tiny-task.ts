/** A task small enough for a software GPU, and the same for every run: the first pictures of an embedded sample. */
import { zipSync } from 'fflate'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabFile } from './lab'

const SAMPLES = join('public', 'samples')

/** Pictures of the first `classes` classes of a sample, this many of each class in each split. */
export function tinyTask(sample: string, classes: number, counts: Readonly<Record<string, number>>): LabFile[] {
  const folders = readdirSync(join(SAMPLES, sample, 'train'))
    .sort()
    .slice(0, classes)
  return Object.entries(counts).flatMap(([split, count]) =>
    folders.flatMap((folder) => {
      const names = readdirSync(join(SAMPLES, sample, split, folder))
        .sort()
        .slice(0, count)
      return names.map((name) => {
        const path = `${split}/${folder}/${name}`
        return { path, base64: readFileSync(join(SAMPLES, sample, path)).toString('base64') }
      })
    }),
  )
}

/** The same as a zip, for the page's file dialogue. */
export function tinyZip(...task: Parameters<typeof tinyTask>): Uint8Array {
  const files = tinyTask(...task)
  return zipSync(
    Object.fromEntries(files.map(({ path, base64 }) => [path, new Uint8Array(Buffer.from(base64, 'base64'))])),
  )
}
