/** Runs a table of cases: finite differences in float64 for many shapes, and ONNX Runtime in float32 for a few. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupPatterns } from '../../../src/gradient/patterns'
import { specialise } from '../../../src/onnx/specialise'
import type { GradientCase } from '../../support/gradient-check'
import { checkInFloat64, checkOnOrt, shapesOf } from '../../support/gradient-check'
import type { OperatorCase } from './case'

const SEED = 20261122
/** Cases of one rule, shared out over its forms, and the least that each form gets. */
const CASES = { inFloat64: 24, onOrt: 4, leastInFloat64: 6, leastOnOrt: 2 }

/** Without this a case might pass by the rules of other operators, e.g. where a pattern is not recognised. */
function exercises(rule: string, { model, output, feeds }: GradientCase): boolean {
  const steps = groupPatterns(specialise(model, shapesOf(feeds), [output]), [output])
  return steps.some((n) => (n.domain === '' ? n.op : `${n.domain}.${n.op}`) === rule)
}

export function runCases(cases: readonly OperatorCase[]): void {
  const share = (rule: string, total: number, least: number) =>
    Math.max(least, Math.ceil(total / cases.filter((c) => c.rule === rule).length))
  describe.each(cases.map((c) => ({ ...c, title: c.form ? `${c.rule}, ${c.form}` : c.rule })))('$title', (entry) => {
    it('has the gradient of its forward, in float64', () => {
      const property = fc.property(fc.gen(), (draw) => {
        const made = entry.make(draw)
        expect(exercises(entry.rule, made)).toBe(true)
        expect(checkInFloat64(made, 7)).toBeLessThan(1e-6)
      })
      fc.assert(property, { seed: SEED, numRuns: share(entry.rule, CASES.inFloat64, CASES.leastInFloat64) })
    })

    it('is the same on ONNX Runtime, in float32', async () => {
      const property = fc.asyncProperty(fc.gen(), async (draw) => {
        const errors = await checkOnOrt(entry.make(draw), 7, entry.level)
        expect(errors.forward).toBeLessThan(1e-5)
        expect(errors.backward).toBeLessThan(1e-4)
      })
      await fc.assert(property, { seed: SEED + 1, numRuns: share(entry.rule, CASES.onOrt, CASES.leastOnOrt) })
    })
  })
}
