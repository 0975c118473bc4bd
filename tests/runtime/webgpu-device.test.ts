/** The owner of the device, on a device made of plain objects: what it counts, what is a fault, and who is told. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { EngineFault, faultIn } from '../../src/runtime/fault'
import { requestDevice } from '../../src/runtime/webgpu-device'

class FakeOutOfMemory {
  constructor(readonly message: string) {}
}

/** A device whose next large allocations fail, and which can be lost. */
function fakeAdapter() {
  const scopes: string[][] = []
  let failing = false
  let lose: (info: { message: string }) => void = () => undefined
  const events = new EventTarget()
  const device = {
    lost: new Promise((resolve) => (lose = resolve)),
    addEventListener: events.addEventListener.bind(events),
    createBuffer({ size }: { size: number }) {
      if (size > 1e9) throw new RangeError('createBuffer failed, size is too large')
      if (failing) scopes.at(-1)?.push(`no room for ${size} bytes`)
      return { size, destroy: vi.fn() }
    },
    pushErrorScope: (filter: string) => void scopes.push(filter === 'out-of-memory' ? [] : ['wrong filter']),
    popErrorScope: async () => {
      const [message] = scopes.pop()!
      return message === undefined ? null : new FakeOutOfMemory(message)
    },
  }
  const adapter = { features: new Set(), limits: {}, requestDevice: async () => device } as unknown as GPUAdapter
  return {
    adapter,
    scopes,
    fail: () => (failing = true),
    lose: (message: string) => lose({ message }),
    raise: (error: object) => events.dispatchEvent(Object.assign(new Event('uncapturederror'), { error })),
  }
}

const buffer = (size: number) => ({ size, usage: 0 })
const MEGABYTE = 1 << 20

describe('the one device', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('counts buffers, each destroyed once', async () => {
    const { device, ledger } = await requestDevice(fakeAdapter().adapter)
    const [a, b] = [device.createBuffer(buffer(100)), device.createBuffer(buffer(2 * MEGABYTE))]
    expect([ledger.buffers, ledger.bytes]).toEqual([2, 100 + 2 * MEGABYTE])
    b.destroy()
    b.destroy()
    expect([ledger.buffers, ledger.bytes, ledger.peakBytes]).toEqual([1, 100, 100 + 2 * MEGABYTE])
    a.destroy()
    ledger.resetPeak()
    expect([ledger.buffers, ledger.bytes, ledger.peakBytes]).toEqual([0, 0, 0])
  })

  it('knows by an error scope that a buffer could not be had', async () => {
    const fake = fakeAdapter()
    const { device, health } = await requestDevice(fake.adapter)
    device.createBuffer(buffer(MEGABYTE))
    expect(await health.news()).toBeNull()
    fake.fail()
    device.createBuffer(buffer(MEGABYTE))
    expect(await health.news()).toMatchObject({ kind: 'out-of-memory', message: /no room for 1048576 bytes\.$/ })
    expect(fake.scopes).toEqual([])
  })

  it('leaves no error scope behind where a size is refused at once', async () => {
    const fake = fakeAdapter()
    const { device, ledger } = await requestDevice(fake.adapter)
    expect(() => device.createBuffer(buffer(2e9))).toThrow(RangeError)
    expect(fake.scopes).toEqual([])
    expect(ledger.buffers).toBe(0)
  })

  it('tells whoever waits that it is lost, and refuses from then on', async () => {
    const fake = fakeAdapter()
    const { health } = await requestDevice(fake.adapter)
    const waiting = health.guard(() => new Promise(() => undefined))
    fake.lose('unplugged.')
    await expect(waiting).rejects.toMatchObject({
      kind: 'device-lost',
      message: 'The graphics device was lost (unplugged).',
    })
    const never = vi.fn()
    await expect(health.guard(never)).rejects.toBe(health.fault)
    expect(never).not.toHaveBeenCalled()
  })

  it('is not to be trusted after an error outside of any call; the first fault stays', async () => {
    vi.stubGlobal('GPUOutOfMemoryError', FakeOutOfMemory)
    const fake = fakeAdapter()
    const { health } = await requestDevice(fake.adapter)
    fake.raise({ message: 'invalid bind group' })
    fake.raise(new FakeOutOfMemory('none left'))
    expect(health.fault).toMatchObject({ kind: 'device-error', message: 'WebGPU reported: invalid bind group' })

    const other = fakeAdapter()
    const { health: second } = await requestDevice(other.adapter)
    other.raise(new FakeOutOfMemory('none left'))
    expect(second.fault).toMatchObject({ kind: 'out-of-memory' })
  })
})

describe('a fault in an error', () => {
  it.each([
    'std::bad_alloc',
    'Failed to allocate memory for requested buffer of size 4096',
    "Can't create a session. failed to allocate a buffer of size 350000000.",
    'WebAssembly.Memory.grow(): Maximum memory size exceeded',
    'Array buffer allocation failed',
    'Aborted(OOM)',
  ])('is memory that ran out: %s', (message) => {
    const error = new Error('ONNX Runtime could not run the graph', { cause: new RangeError(message) })
    expect(faultIn(error)).toMatchObject({ name: 'UserError', kind: 'out-of-memory' })
  })

  it('is itself, however deep, and nothing in other errors', () => {
    const fault = new EngineFault('device-lost', 'gone', 'reload')
    expect(faultIn(new Error('a', { cause: new Error('b', { cause: fault }) }))).toBe(fault)
    expect(faultIn(new Error('the loss or its gradient is no longer a finite number'))).toBeNull()
    expect(faultIn('std::bad_alloc')).toBeNull()
  })
})
