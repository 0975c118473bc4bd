/** Progress on a terminal and in a pipe, and the curve's file. */
import { describe, expect, it } from 'vitest'
import { Progress } from '../../src/cli/progress'
import { curveCsv, curveOf } from '../../src/cli/results'
import type { LabEvent } from '../../src/lab/protocol'

const accuracy = (correct: number) => ({ correct, total: 100, top1: correct / 100, ci95: [0, 1] as const })
const steps = (step: number[], loss: number[]): LabEvent => ({
  type: 'steps',
  step,
  loss,
  learningRate: step.map((s) => s / 100),
  gradientNorm: step,
  imagesPerSecond: 10,
  etaSeconds: 83,
})
const EVENTS: LabEvent[] = [
  { type: 'zeroShot', split: 'val', accuracy: accuracy(40) },
  { type: 'validation', step: 0, accuracy: accuracy(40) },
  steps([1, 2], [2, 1.5]),
  { type: 'validation', step: 2, accuracy: accuracy(55) },
  steps([3, 4], [1.25, 1]),
]

function written(isTTY: boolean): string {
  let text = ''
  const progress = new Progress({ isTTY, columns: 100, write: (more) => (text += more) })
  progress.steps = 4
  for (const event of EVENTS) progress.hear(event)
  return text
}

describe('progress', () => {
  it('is plain lines where nobody watches', () => {
    expect(written(false)).toBe('Zero-shot on validation: 40.0 %\nstep 0  val 40.0 %\nstep 2  val 55.0 %\n')
  })

  it('is a bar on a terminal, gone when it is full', () => {
    const text = written(true)
    expect(text).toContain('learning  ██████████████·············· 2/4  loss 1.500  val 40.0 %  1:23 left')
    expect(text).toContain('4/4  loss 1.000  val 55.0 %')
    expect(text.endsWith('\r\x1b[2K')).toBe(true)
  })
})

it('the curve has a row for each step, and validation where there was one', () => {
  expect(curveCsv(curveOf(EVENTS))).toBe(
    'step,loss,learningRate,valTop1\n0,,,0.4\n1,2,0.01,\n2,1.5,0.02,0.55\n3,1.25,0.03,\n4,1,0.04,\n',
  )
})
