/** What classifiers are measured on, and how: zips of the reference folder (PASSEPARTOUT_DATA), a recipe by size. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Source } from '../../src/data/source'
import { zipSource } from '../../src/data/source-zip'
import type { Recipe } from '../../src/learning/recipe'
import { quickOnClassifier } from '../../src/learning/recipes'
import { referencePath } from '../../tests/data/reference'

export interface ClassifierTask {
  readonly id: string
  readonly title: string
  readonly file: string
  /** Classes in the zip. */
  readonly classes: number
}

export const CLASSIFIER_TASKS: readonly ClassifierTask[] = [
  { id: 'resisc12', title: 'RESISC-12', file: 'images/resisc12_train_200perclass.zip', classes: 12 },
  { id: 'flowers5', title: 'Flowers, 5 kinds', file: 'images/flowers5_128px.zip', classes: 5 },
]

/**
 * @param classes at most so many, the first ones: a classifier cannot tell more apart than it has outputs
 * @param images of each class at most so many, spread evenly over its files in the order of their names
 */
export async function classifierSource({ file }: ClassifierTask, classes: number, images = Infinity): Promise<Source> {
  const source = await zipSource(basename(file), readFileSync(referencePath(file)))
  const classOf = (path: string) => path.split('/')[0]!
  const taken = new Set([...new Set(source.files.map(({ path }) => classOf(path)))].sort().slice(0, classes))
  const files = [...taken].flatMap((folder) => {
    const all = source.files.filter(({ path }) => classOf(path) === folder)
    const count = Math.min(images, all.length)
    return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!)
  })
  return { ...source, files, folders: source.folders.filter((path) => taken.has(classOf(path))) }
}

/** A picture of 224 pixels takes a processor about 20 times as long as one of 32: fewer of them, and fewer steps. */
const SMALL = 96

export const imagesOfClass = (imageSize: number, classes: number): number =>
  imageSize <= SMALL ? Infinity : Math.min(100, Math.floor(600 / classes))

/** Values found on validation splits (`tune-classifiers.ts`; docs/decisions/classifiers.md). */
export function classifierRecipe(imageSize: number): Recipe {
  return imageSize <= SMALL
    ? { ...quickOnClassifier, name: 'classifier', steps: 208, validateEvery: 52 }
    : { ...quickOnClassifier, name: 'classifier', steps: 60, batchSize: 16, validateEvery: 30 }
}
