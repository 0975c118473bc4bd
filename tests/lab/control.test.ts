/** Pause, resume, step and stop against a learner that only counts. */
import { describe, expect, it } from 'vitest'
import { Control } from '../../src/lab/control'
import { yieldToMessages } from '../../src/yield'

function learner(paused: boolean, limit = 1000) {
  let steps = 0
  let stands = 0
  const control = new Control(paused, async () => {
    await yieldToMessages()
    stands++
  })
  const ended = (async () => {
    while (steps < limit && (await control.next())) {
      await yieldToMessages()
      steps++
    }
    control.end()
  })()
  return { control, ended, steps: () => steps, stands: () => stands }
}

const rest = async () => {
  for (let i = 0; i < 20; i++) await yieldToMessages()
}

describe('control', () => {
  it('runs until it is paused, stands still, and goes on', async () => {
    const { control, steps, stands, ended } = learner(false)
    await rest()
    expect(steps()).toBeGreaterThan(0)
    await control.pause()
    expect(stands()).toBe(1)
    const paused = steps()
    await rest()
    expect(steps()).toBe(paused)
    control.resume()
    await rest()
    expect(steps()).toBeGreaterThan(paused)
    control.stop()
    await ended
  })

  it('makes exactly one step at a time while paused, and reports each stand', async () => {
    const { control, steps, stands, ended } = learner(true)
    await rest()
    expect([steps(), stands()]).toEqual([0, 1])
    await control.step()
    expect([steps(), stands()]).toEqual([1, 2])
    await Promise.all([control.step(), control.step()])
    expect(steps()).toBe(3)
    control.stop()
    await ended
    expect(steps()).toBe(3)
  })

  it('stops while paused', async () => {
    const { control, steps, ended } = learner(true)
    control.stop()
    await ended
    expect(steps()).toBe(0)
  })

  it('answers commands that come when all is over', async () => {
    const { control, ended } = learner(false, 2)
    await ended
    await control.pause()
    await control.step()
    control.resume()
    control.stop()
  })

  it('answers a pause that the last step overtakes', async () => {
    const { control, steps } = learner(false, 3)
    await control.pause()
    expect(steps()).toBeLessThanOrEqual(3)
  })
})
