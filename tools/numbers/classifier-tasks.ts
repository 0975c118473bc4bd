/** The data sets that classifiers are measured on: zips of the reference folder (PASSEPARTOUT_DATA). */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Source } from '../../src/data/source'
import { zipSource } from '../../src/data/source-zip'
import { referencePath } from '../../tests/data/reference'

export interface ClassifierTask {
  readonly id: string
  readonly title: string
  readonly file: string
}

export const CLASSIFIER_TASKS: readonly ClassifierTask[] = [
  { id: 'resisc12', title: 'RESISC-12, 200 a class', file: 'images/resisc12_train_200perclass.zip' },
  { id: 'flowers5', title: 'Flowers, 5 kinds', file: 'images/flowers5_128px.zip' },
]

/** @param classes at most so many, the first ones: a classifier cannot tell more apart than it has outputs */
export function classifierSource({ file }: ClassifierTask, classes: number): Source {
  const source = zipSource(basename(file), readFileSync(referencePath(file)))
  const all = [...new Set(source.files.map(({ path }) => path.split('/')[0]!))].sort()
  if (all.length <= classes) return source
  const taken = new Set(all.slice(0, classes))
  const files = source.files.filter(({ path }) => taken.has(path.split('/')[0]!))
  const folders = source.folders.filter((path) => taken.has(path.split('/')[0]!))
  return { ...source, name: `${source.name}, its first ${classes} classes`, files, folders }
}
