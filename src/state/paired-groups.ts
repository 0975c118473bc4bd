/** Two groups of seeds among the chosen runs, paired seed by seed. Pure. */
import type { RunRecord } from '../records/run-record'
import { testIsClosed } from './test-split'

/**
 * Test accuracies of two groups on the same images over the seeds that both have, in the order of the seeds; null unless the runs
 * chosen are of just two groups with two seeds or more in common.
 */
export function pairedGroups(
  records: readonly RunRecord[],
): { readonly a: readonly number[]; readonly b: readonly number[] } | null {
  const ids = [...new Set(records.map(({ group }) => group?.id))]
  const images = new Set(records.map(({ task }) => task.fingerprint))
  if (ids.length !== 2 || ids.includes(undefined) || images.size !== 1) return null
  if (testIsClosed(records[0]!.task.fingerprint)) return null
  const accuracies = (id: string | undefined) =>
    new Map(
      records.flatMap(({ group, seed, outcome }) =>
        group?.id === id && outcome ? [[seed, outcome.prompted.top1] as const] : [],
      ),
    )
  const [first, second] = [accuracies(ids[1]), accuracies(ids[0])]
  const seeds = [...first.keys()].filter((seed) => second.has(seed)).sort((x, y) => x - y)
  if (seeds.length < 2) return null
  return { a: seeds.map((seed) => first.get(seed)!), b: seeds.map((seed) => second.get(seed)!) }
}
