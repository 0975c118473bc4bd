/** What the one owner of engine and classifier does not accept in the place of a lost device. */
import { describe, expect, it } from 'vitest'
import type { Capability } from '../../src/lab/protocol'
import { Workbench } from '../../src/lab/workbench'
import { deviceLost } from '../../src/runtime/fault'
import { Mishaps } from './fragile'

const CAPABILITY: Capability = {
  ...{ engine: 'node-cpu', description: 'fragile', reason: null, crossOriginIsolated: false, adapter: null },
}

describe('the workbench', () => {
  it('does not go on with a software adapter in the place of a real one', async () => {
    const mishaps = new Mishaps(() => null)
    const adapter = (software: boolean) => ({
      ...{ name: '', software, halfPrecision: false, maxBufferSize: 0, maxStorageBufferBindingSize: 0 },
    })
    let opened = 0
    const bench = new Workbench(
      async () => {
        const engine = await mishaps.openEngine()
        return { engine, capability: { ...CAPABILITY, adapter: adapter(opened++ > 0) } }
      },
      () => undefined,
    )
    await bench.open('webgpu')
    const device = bench.device({ model: null as never, task: null as never, mapping: null })
    mishaps.lose(deviceLost('crashed'))
    await expect(device.open(1, device.fault())).rejects.toThrow('only a software one is left')
    expect(mishaps.open).toBe(0)
    await bench.close()
  })
})
