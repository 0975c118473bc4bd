/**
 * Student's t distribution with a whole number of degrees of freedom, by its finite series (Abramowitz and Stegun 26.7.3
 * and 26.7.4): no approximation, and no gamma function.
 */

/** P(|T| <= t) for T with `degrees` degrees of freedom, t >= 0. */
export function studentWithin(t: number, degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) throw new RangeError(`${degrees} degrees of freedom`)
  if (t === Infinity) return 1
  const theta = Math.atan(t / Math.sqrt(degrees))
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)]
  const odd = degrees % 2 === 1
  // Terms in even powers of the cosine; each follows from the one before.
  let term = odd ? cos : 1
  let sum = degrees === 1 ? 0 : term
  for (let k = odd ? 2 : 1; k <= degrees - 3; k += 2) {
    term *= (k / (k + 1)) * cos * cos
    sum += term
  }
  return odd ? (2 / Math.PI) * (theta + sin * sum) : sin * sum
}

/** Two-sided p-value of a t statistic. */
export const studentPValue = (t: number, degrees: number): number => 1 - studentWithin(Math.abs(t), degrees)

/** The t with P(|T| <= t) = share. */
export function studentQuantile(share: number, degrees: number): number {
  let low = 0
  let high = 1
  while (studentWithin(high, degrees) < share) high *= 2
  for (let halving = 0; halving < 100 && high - low > 1e-12 * high; halving++) {
    const middle = (low + high) / 2
    if (studentWithin(middle, degrees) < share) low = middle
    else high = middle
  }
  return (low + high) / 2
}
