import { describe, expect, it } from 'vitest'
import { hostOptions, roomForPacked } from '../../src/runtime/host-options'

const prepacking = (weights: number, room: number) =>
  (hostOptions('cpu', weights, room).extra as { session: { disable_prepacking: string } }).session.disable_prepacking

describe('weights packed ahead', () => {
  it('are two copies, which must have room', () => {
    expect(prepacking(350e6, 701e6)).toBe('0')
    expect(prepacking(350e6, 699e6)).toBe('1')
  })

  it('are always made of a small model', () => {
    expect(prepacking(4e6, 0)).toBe('0')
    expect(prepacking(40e6, 0)).toBe('1')
  })

  it('have no more room in WASM than its memory leaves', () => {
    expect(roomForPacked('cpu')).toBeGreaterThan(0)
    expect(roomForPacked('wasm')).toBeLessThanOrEqual(1e9)
  })
})
