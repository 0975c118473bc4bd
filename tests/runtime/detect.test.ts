import { expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { adapterName, isSoftware } from '../../src/runtime/adapter'
import { chooseEngine } from '../../src/runtime/detect'

const info = (
  fields: Partial<Record<'vendor' | 'architecture' | 'device' | 'description', string>>,
  fallback = false,
) =>
  ({
    vendor: '',
    architecture: '',
    device: '',
    description: '',
    isFallbackAdapter: fallback,
    ...fields,
  }) as GPUAdapterInfo

it.each([
  ['Chromium on SwiftShader', info({ vendor: 'google', architecture: 'swiftshader' }), true],
  ['Mesa llvmpipe', info({ vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }), true],
  ['Windows without a driver', info({ description: 'Microsoft Basic Render Driver' }), true],
  ['an adapter that says so itself', info({ vendor: 'somebody' }, true), true],
  ['NVIDIA', info({ vendor: 'nvidia', architecture: 'ampere' }), false],
  ['Apple', info({ vendor: 'apple', architecture: 'metal-3' }), false],
  ['an adapter without a name', info({}), false],
])('judges %s', (_, adapter, software) => {
  expect(isSoftware(adapter)).toBe(software)
})

it('names an adapter as well as it can', () => {
  expect(adapterName(info({ vendor: 'nvidia', architecture: 'ampere' }))).toBe('nvidia ampere')
  expect(adapterName(info({ vendor: 'nvidia', description: 'NVIDIA GeForce RTX 3060' }))).toBe(
    'NVIDIA GeForce RTX 3060',
  )
  expect(adapterName(info({}))).toBe('unknown adapter')
})

it('falls back to WASM where there is no adapter, and says why', async () => {
  const { engine, reason } = await chooseEngine('auto')
  expect([engine.kind, reason?.template]).toEqual(['wasm', 'no WebGPU adapter'])
  await engine.dispose()
})

it('refuses WebGPU by name where there is no adapter, with a remedy', async () => {
  const error = await chooseEngine('webgpu').catch((e: unknown) => e)
  expect(error).toBeInstanceOf(UserError)
  expect((error as UserError).message).toBe('This browser offers no WebGPU adapter.')
  expect((error as UserError).remedy).toMatch(/choose WASM/)
})
