/**
 * The search for C of Radford et al. 2021, appendix A.3: 10^-6, 10^-4 ... 10^6 first, then a parametric binary search that
 * halves the interval around the best one until there are 8 steps a decade; 15 fits in all.
 *
 * KaiyangZhou/CoOp's `lpclip/linear_probe.py` starts on the same seven, then goes by another rule: it compares the two ends of
 * an interval of one decade to either side of the best, and keeps the half by the better end, eight times.
 */

const COARSE = [-6, -4, -2, 0, 2, 4, 6]
/** Decades between the coarse values, and at the end. */
const WIDEST = 2
const NARROWEST = 1 / 8

/** Fits of a sweep. */
export const SWEEP_FITS = COARSE.length + 2 * Math.log2(WIDEST / NARROWEST)

export interface SweptValue<T> {
  /** C = 10^exponent. */
  readonly exponent: number
  readonly found: T
}

/**
 * @param tryOne a fit with C = 10^exponent; `nearest` is the one before it with the nearest exponent, of equals the smaller
 * @param isBetter whether the first is to be preferred; of equals the smaller C is
 * @returns all that were tried, the best first, then in the order of C
 */
export async function sweep<T>(
  tryOne: (exponent: number, nearest: T | null) => Promise<T>,
  isBetter: (candidate: T, best: T) => boolean,
): Promise<readonly [SweptValue<T>, ...SweptValue<T>[]]> {
  const tried: SweptValue<T>[] = []
  const attempt = async (exponent: number) => {
    const [nearest] = [...tried].sort((a, b) => distance(a) - distance(b) || a.exponent - b.exponent)
    function distance(one: SweptValue<T>) {
      return Math.abs(one.exponent - exponent)
    }
    tried.push({ exponent, found: await tryOne(exponent, nearest?.found ?? null) })
  }
  const inOrder = () => [...tried].sort((a, b) => a.exponent - b.exponent)
  const best = () => inOrder().reduce((top, one) => (isBetter(one.found, top.found) ? one : top))

  for (const exponent of COARSE) await attempt(exponent)
  for (let spacing = WIDEST / 2; spacing >= NARROWEST; spacing /= 2) {
    const { exponent } = best()
    for (const side of [exponent - spacing, exponent + spacing]) {
      if (side >= COARSE[0]! && side <= COARSE.at(-1)!) await attempt(side)
    }
  }
  const top = best()
  return [top, ...inOrder().filter((one) => one !== top)]
}
