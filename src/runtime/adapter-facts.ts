/** What an adapter allows, as far as it decides which models can run on it. Plain data: it travels to the page. */
import { adapterName, isSoftware, requestAdapter } from './adapter'

export interface AdapterFacts {
  readonly name: string
  /** Computes on the processor, for want of a graphics card. */
  readonly software: boolean
  /** `shader-f16`: arithmetic in half precision. */
  readonly halfPrecision: boolean
  /** Largest buffer, bytes. */
  readonly maxBufferSize: number
  /** Largest part of a buffer that a shader may see, bytes: no tensor may be larger. */
  readonly maxStorageBufferBindingSize: number
}

export function adapterFacts({ info, features, limits }: GPUAdapter): AdapterFacts {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits
  const halfPrecision = features.has('shader-f16')
  return {
    name: adapterName(info),
    software: isSoftware(info),
    halfPrecision,
    maxBufferSize,
    maxStorageBufferBindingSize,
  }
}

/** Of the adapter that the WebGPU engine runs on; its device is given all that the adapter has. */
export async function readAdapterFacts(): Promise<AdapterFacts | null> {
  const adapter = await requestAdapter()
  return adapter && adapterFacts(adapter)
}
