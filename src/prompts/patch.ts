/**
 * Patches of Bahng et al. 2022 (models/prompters.py): a learned square `patch` [1,3,p,p], added somewhere on the picture.
 *
 *   FixedPatchPrompter    top left in their code; any place here
 *   RandomPatchPrompter   rows and columns by `np.random.choice(S - p)`, the rows first, once for each forward call: one place
 *                         for the whole batch, drawn anew at evaluation too. choice(n) is 0 ..< n, so that the last row and
 *                         column stay bare; so they do here.
 *
 * Our option per-image draws a place for each row of the batch.
 */
import { tf } from '../runtime/tfjs'
import type { DesignOf } from './design-settings'
import type { PromptLayout } from './design'
import { patchPlaceOf, patchSideOf } from './design-sizes'
import { cutOut } from './image-part'

type Offset = readonly [number, number]

function laidOut(patch: tf.Tensor4D, [row, column]: Offset, imageSize: number): tf.Tensor4D {
  const p = patch.shape[2]
  const margin = (before: number): [number, number] => [before, imageSize - p - before]
  return tf.pad(patch, [[0, 0], [0, 0], margin(row), margin(column)])
}

function patchLayout(kind: 'fixed-patch' | 'random-patch', side: number, cutAt: Offset, imageSize: number) {
  const [top, left] = cutAt
  return {
    kind,
    shapes: { patch: [1, 3, side, side] },
    parameterCount: 3 * side * side,
    ofImage: (image: Float32Array) => ({ patch: cutOut(image, imageSize, { top, left, height: side, width: side }) }),
  }
}

export function fixedPatchLayout(settings: DesignOf<'fixed-patch'>, imageSize: number): PromptLayout {
  const place = patchPlaceOf(settings, imageSize)
  return {
    ...patchLayout('fixed-patch', patchSideOf(settings, imageSize), place, imageSize),
    layOut: ({ patch }, _place, squash) => laidOut(squash(patch!) as tf.Tensor4D, place, imageSize),
  }
}

export function randomPatchLayout(settings: DesignOf<'random-patch'>, imageSize: number): PromptLayout {
  const side = patchSideOf(settings, imageSize)
  const places = Math.max(1, imageSize - side)
  const middle = Math.floor((imageSize - side) / 2)
  return {
    // An image to start from is cut in its middle, since the patch has no place of its own.
    ...patchLayout('random-patch', side, [middle, middle], imageSize),
    layOut({ patch }, place, squash) {
      const values = squash(patch!) as tf.Tensor4D
      const { offsets } = place ?? { offsets: [[middle, middle] as const] }
      const rows = offsets.map((offset) => laidOut(values, offset, imageSize))
      return rows.length === 1 ? rows[0]! : tf.concat(rows, 0)
    },
    draw(rows, below) {
      const count = settings.offsets === 'shared' ? 1 : rows
      return { offsets: Array.from({ length: count }, (): Offset => [below(places), below(places)]) }
    },
  }
}
