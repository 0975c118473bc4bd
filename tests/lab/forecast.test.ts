/** The time to go counts steps, validations and the measuring at the end, each at its own pace. */
import { describe, expect, it } from 'vitest'
import { secondsLeft } from '../../src/lab/forecast'

const plan = { steps: 130, validateEvery: 26, testImages: 300 }
const validation = { ms: 6000, images: 600 }

describe('the time a run still takes', () => {
  it('is that of its steps while nothing has been validated', () => {
    expect(secondsLeft(plan, 30, { stepMs: 500, validation: null })).toBe(50)
  })

  it('counts validations to come and both answers to each test image', () => {
    // 100 steps of 0.5 s, 4 validations of 6 s after steps 52, 78, 104, 130, and 600 answers of 10 ms.
    expect(secondsLeft(plan, 30, { stepMs: 500, validation })).toBe(50 + 24 + 6)
  })

  it('counts the validation that follows the last step where the rhythm does not meet it', () => {
    expect(secondsLeft({ ...plan, steps: 60 }, 50, { stepMs: 0, validation })).toBe(6 + 6 + 6)
    expect(secondsLeft({ ...plan, steps: 60 }, 52, { stepMs: 0, validation })).toBe(6 + 6)
  })

  it('ends with what is measured', () => {
    expect(secondsLeft(plan, 130, { stepMs: 500, validation })).toBe(6)
  })
})
