/**
 * Class by class: accuracy on the images of a class (its recall) before and after, with intervals, and which changes are more
 * than luck when as many tests are made as there are classes.
 */
import { accuracyOf, type Accuracy } from './accuracy'
import { holm } from './holm'
import { mcnemarExact } from './paired'

export interface ClassChange {
  readonly label: number
  readonly before: Accuracy
  readonly after: Accuracy
  /** after - before, fractions of 1; 0 for a class without images. */
  readonly difference: number
  readonly fixed: number
  readonly broken: number
  /** McNemar, exact, two-sided, on the images of this class. */
  readonly pValue: number
  /** The same after Holm's correction for all classes that have images. */
  readonly adjusted: number
}

/** Predictions before and after and labels, [N] each. One entry a class, in order. */
export function perClass(
  labels: ArrayLike<number>,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  classes: number,
): ClassChange[] {
  const tally = () => new Uint32Array(classes)
  const [total, rightBefore, rightAfter, fixed, broken] = [tally(), tally(), tally(), tally(), tally()]
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    const was = before[i] === label
    const is = after[i] === label
    total[label]!++
    if (was) rightBefore[label]!++
    if (is) rightAfter[label]!++
    if (!was && is) fixed[label]!++
    if (was && !is) broken[label]!++
  }
  const rows = Array.from(total, (n, label) => {
    const [a, b] = [accuracyOf(rightBefore[label]!, n), accuracyOf(rightAfter[label]!, n)]
    const changed = { fixed: fixed[label]!, broken: broken[label]! }
    const pValue = mcnemarExact(changed.fixed, changed.broken)
    return { label, before: a, after: b, difference: b.top1 - a.top1, ...changed, pValue }
  })
  const tested = rows.filter(({ before: { total: n } }) => n > 0)
  const adjusted = holm(tested.map(({ pValue }) => pValue))
  const byLabel = new Map(tested.map(({ label }, i) => [label, adjusted[i]!]))
  return rows.map((row) => ({ ...row, adjusted: byLabel.get(row.label) ?? 1 }))
}
