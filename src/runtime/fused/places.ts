/** Where values lie on a device, and how a kernel is shown to them. */
import type { Id } from './ir'
import { resultsOf, type Kernel } from './kernel'

/** A buffer of a value's own, or a part of one. */
export interface Place {
  readonly buffer: GPUBuffer
  readonly offset: number
  readonly size: number
}

export function bind(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  kernel: Kernel,
  places: ReadonlyMap<Id, Place>,
): GPUBindGroup {
  const entries = [...kernel.reads, ...resultsOf(kernel)].map((id, binding) => ({ binding, resource: places.get(id)! }))
  return device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
}
