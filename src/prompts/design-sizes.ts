/** Sizes in pixels of designs given in fractions of the image side; apart from their schema so that the page need not carry it. */
import { UserError } from '../errors'
import { said } from '../sentence'
import type { DesignOf, DesignSettings } from './design-settings'

/** S x S pictures; p = width of a border, or side of a patch; all in pixels. */
const whole = (fraction: number, imageSize: number) => Math.max(1, Math.round(fraction * imageSize))

/** Border of a padding prompt: 1 <= p < S/2. */
export function borderOf({ borderFraction }: Pick<DesignOf<'padding'>, 'borderFraction'>, imageSize: number): number {
  return whole(borderFraction, imageSize)
}

/** Side of a patch: 1 <= p <= S. */
export function patchSideOf({ sizeFraction }: { readonly sizeFraction: number }, imageSize: number): number {
  return Math.min(imageSize, whole(sizeFraction, imageSize))
}

/** First row and column of a fixed patch. */
export function patchPlaceOf(settings: DesignOf<'fixed-patch'>, imageSize: number): readonly [number, number] {
  const room = imageSize - patchSideOf(settings, imageSize)
  return [Math.round(settings.top * room), Math.round(settings.left * room)]
}

export interface FrameSizes {
  /** Side of the shrunk picture: 1 <= inner < S. */
  readonly inner: number
  /** Its first row and column: where S - inner is odd the frame is one wider above and on the left (F.pad of AR's code). */
  readonly start: number
}

export function frameSizesOf(
  { innerFraction }: Pick<DesignOf<'frame'>, 'innerFraction'>,
  imageSize: number,
): FrameSizes {
  const inner = Math.min(imageSize - 1, whole(innerFraction, imageSize))
  return { inner, start: Math.floor((imageSize - inner + 1) / 2) }
}

/** @throws UserError where a design leaves nothing of a picture of this side, or has more ranks than it has pixels */
export function checkSizes(settings: DesignSettings, imageSize: number): void {
  const wrong =
    settings.kind === 'padding' && 2 * borderOf(settings, imageSize) >= imageSize
      ? said`A border of ${borderOf(settings, imageSize)} pixels leaves nothing of a picture of ${imageSize}.`
      : settings.kind === 'low-rank' && settings.rank > imageSize
        ? said`A prompt of ${imageSize} pixels is of a lower rank than ${settings.rank}.`
        : null
  if (wrong !== null) throw new UserError(wrong, 'Choose a smaller prompt, or a model of larger pictures.')
}
