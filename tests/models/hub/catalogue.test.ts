import { describe, expect, it } from 'vitest'
import { fileAddress, HUB, listingAddress, modelBase } from '../../../src/models/hub/base'
import { catalogue, parseCatalogue, variantFiles } from '../../../src/models/hub/catalogue'

describe('the catalogue', () => {
  it('has the CLIPs that people come for', () => {
    expect(catalogue().map(({ id, variants }) => [id, variants.map((one) => one.id)])).toEqual([
      ['Xenova/clip-vit-base-patch32', ['fp32', 'fp16', 'int8']],
      ['Xenova/clip-vit-base-patch16', ['fp32', 'fp16', 'int8']],
      ['Xenova/clip-vit-large-patch14', ['fp32', 'fp16', 'int8']],
      ['amikos/openclip-vit-b-32-laion2b-s34b-b79k-onnx', ['fp32']],
    ])
  })

  it('names sizes that fit the number of weights', () => {
    const bytesPerWeight = { fp32: 4, fp16: 2, int8: 1 }
    for (const { id, parameters, variants } of catalogue()) {
      for (const { id: variant, vision, text } of variants) {
        const ratio = (vision.bytes + text.bytes) / (parameters * bytesPerWeight[variant])
        expect(ratio, `${id} ${variant}`).toBeGreaterThan(0.99)
        expect(ratio, `${id} ${variant}`).toBeLessThan(1.03)
      }
    }
  })

  it('names no hash twice for different files, and no file twice', () => {
    const lengths = new Map<string, number>()
    for (const model of catalogue()) {
      for (const variant of model.variants) {
        const files = variantFiles(model, variant)
        expect(new Set(files.map(({ path }) => path)).size).toBe(files.length)
        for (const { sha256, bytes } of files) {
          if (sha256) expect(lengths.get(sha256) ?? bytes).toBe(bytes)
          if (sha256) lengths.set(sha256, bytes)
        }
      }
    }
  })

  it.each([
    ['a path that leaves the folder', { files: [{ path: '../x', bytes: 1, sha256: null }] }],
    ['half a hash', { files: [{ path: 'x', bytes: 1, sha256: 'abc' }] }],
    ['tokens that do not fit', { tokens: 51 }],
    ['an address for an id', { id: 'https://elsewhere/x' }],
    ['no variant', { variants: [] }],
  ])('refuses %s', (_, change) => {
    const [entry] = catalogue()
    expect(() => parseCatalogue([{ ...entry, ...change }])).toThrow()
    expect(parseCatalogue([entry])).toEqual([entry])
  })
})

describe('addresses', () => {
  const page = 'https://example.org/app/index.html?x=1'

  it('are those of the hub', () => {
    expect(fileAddress(HUB, 'a/b', 'rev', 'onnx/x.onnx')).toBe('https://huggingface.co/a/b/resolve/rev/onnx/x.onnx')
    expect(listingAddress(HUB, 'a/b', 'rev')).toBe('https://huggingface.co/api/models/a/b/tree/rev?recursive=true')
  })

  it('may be relative to the page, and of plain folders', () => {
    const base = modelBase('folder', './models', page)
    expect(base.address).toBe('https://example.org/app/models/')
    expect(fileAddress(base, 'a/b', 'rev', 'x.json')).toBe('https://example.org/app/models/a/b/x.json')
    expect(listingAddress(base, 'a/b', 'rev')).toBeNull()
  })

  it.each(['ftp://example.org/', 'javascript:alert(1)', 'https://'])('are refused where they cannot be: %s', (text) => {
    expect(() => modelBase('hub', text, page)).toThrow(/is no address to fetch models from/)
  })
})
