/**
 * The WebGPU adapter: asked for once, judged real or software, named for people.
 */

/** Rasterisers that run on the CPU: SwiftShader (Chromium), llvmpipe and lavapipe (Mesa), WARP (Windows). */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|microsoft basic render/i

export async function requestAdapter(): Promise<GPUAdapter | null> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu
  if (!gpu) return null
  return (await gpu.requestAdapter({ powerPreference: 'high-performance' })) ?? null
}

/** A software adapter computes on the CPU, tens of times slower than WASM does there (40 times on SwiftShader). */
export function isSoftware({ isFallbackAdapter, vendor, architecture, device, description }: GPUAdapterInfo): boolean {
  return isFallbackAdapter || SOFTWARE.test([vendor, architecture, device, description].join(' '))
}

/** "NVIDIA GeForce RTX 3060" where the browser says so, else "nvidia ampere". */
export function adapterName({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return description || device || [vendor, architecture].filter(Boolean).join(' ') || 'unknown adapter'
}
