/** What the page calls the accuracy before learning. */
import { expect, it } from 'vitest'
import { frozenTitle } from '../../src/ui/result/frozenTitle'

it('is zero-shot for a CLIP, and for a classifier the outputs that stood for the classes', () => {
  const labels = ['tench', 'goldfish']
  expect(frozenTitle(null)).toBe('Zero-shot')
  expect(frozenTitle({ kind: 'first', outputs: [0, 1], labels })).toBe('Frozen model, first 2 outputs')
  expect(frozenTitle({ kind: 'chosen', outputs: [7, 1], labels })).toBe('Frozen model, 2 chosen outputs')
})
