/** Methods on features given as numbers: sets whose features are known, and whose pictures nobody reads. */
import { memorySet } from '../../src/data/memory-set'
import type { ImageSet } from '../../src/data/task'
import type { FeatureTask } from '../../src/methods/features/feature-task'
import { ImageFeatures } from '../../src/methods/features/image-features'
import type { Batch } from '../../src/methods/method'
import type { Engine } from '../../src/runtime/engine'
import type { Labelled } from './probe-fixture'

const ENCODER = { input: 'pixels', output: 'features', imageSize: 1 }

/** Stands for an encoder that must not be needed. */
function neverEncodes(): ImageFeatures {
  const vision = {
    ...{ bytes: 0, sha256: 'given', readFiles: () => Promise.reject(new Error('features are known')) },
    outline: { graph: { name: '', nodes: [], initializers: new Map(), inputs: [], outputs: [] } },
  } as never
  return new ImageFeatures(null as unknown as Engine, { vision, ...ENCODER }, () => [])
}

export interface GivenTask extends FeatureTask {
  /** Features of a further set, as if they had been encoded. */
  add(one: Labelled): ImageSet
}

export function givenFeatures(given: { train: Labelled; val: Labelled; classes: number; width: number }): GivenTask {
  const features = neverEncodes()
  const known = new Map<ImageSet, Labelled>()
  // What the cache would hold: it is asked for the same sets.
  features.of = async (set) => {
    const { values } = known.get(set)!
    return { count: set.count, width: given.width, values }
  }
  const add = (one: Labelled) => {
    const paths = Array.from(one.labels, (_, i) => `${i}.png`)
    const set = memorySet(new Uint8Array(3 * one.labels.length), one.labels, paths)
    known.set(set, one)
    return set
  }
  return { features, train: add(given.train), val: add(given.val), classes: given.classes, add }
}

/** Pictures of a set, in order; all of them unless some are named. */
export function batchOf(set: ImageSet, indices: readonly number[] = Array.from(set.labels.keys())): Batch {
  return {
    get pixels(): Float32Array {
      throw new Error('a method on features reads no pixels')
    },
    labels: Uint16Array.from(indices, (i) => set.labels[i]!),
    weights: new Float32Array(indices.length).fill(1 / indices.length),
    count: indices.length,
    source: { set, indices: Uint32Array.from(indices), unchanged: true },
  }
}
