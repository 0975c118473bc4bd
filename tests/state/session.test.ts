/** What the page knows of the lab itself. */
import { expect, it } from 'vitest'
import { connect } from '../../src/state/connect'
import { initialSession, sessionStore } from '../../src/state/session'
import { ScriptedLab } from './scriptedLab'

it('keeps what the check of the gradient found, for the result to name', () => {
  sessionStore.setState(initialSession, true)
  const lab = new ScriptedLab()
  const disconnect = connect(lab)
  const found = { directions: 6, worstRelative: 0.02, alongGradient: 0.003, random: 0.01, pass: true, seconds: 1.5 }
  expect(sessionStore.getState().gradientCheck).toBeNull()
  lab.emit({ type: 'gradientCheck', model: 'stamp', ...found })
  expect(sessionStore.getState().gradientCheck).toMatchObject({ model: 'stamp', alongGradient: 0.003 })
  disconnect()
})
