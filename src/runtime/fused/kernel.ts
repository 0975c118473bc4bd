/** A compute shader of one value, and what all kinds of them share. */
import type { Emitter } from './emit'
import type { Id } from './ir'

export interface Kernel {
  /** WGSL; kernels of the same shape have the same text and share a pipeline. */
  readonly code: string
  /** Values bound in order from 0; the result comes after them. */
  readonly reads: readonly Id[]
  readonly writes: Id
  /** A second result, bound last. */
  readonly also: Id | null
  readonly workgroups: readonly [number, number, number]
  readonly work: Work
}

/** All that a kernel computes. */
export const resultsOf = ({ writes, also }: Kernel): readonly Id[] => (also === null ? [writes] : [writes, also])

/** What a kernel does in one run, whatever it runs on. */
export interface Work {
  readonly kind: 'product' | 'rows' | 'elements' | 'attention'
  /** Float32 elements asked of buffers; caches answer some of them. */
  readonly loads: number
  /** Multiplications and additions of matrix products. */
  readonly flops: number
}

/** Loads from buffers in a piece of WGSL that emit.ts has written. */
export const loadsIn = (code: string) => code.match(/ = b\d+\[/g)?.length ?? 0

export interface Target {
  /** The adapter computes on a CPU, where waiting for each other costs threads more than reading twice. */
  readonly software: boolean
  /** Storage buffers that a kernel may bind, its result among them (`maxStorageBuffersPerShaderStage`). */
  readonly maxBuffers: number
}

/** Most workgroups along one dimension that every device allows. */
const MAX_WORKGROUPS = 65535

/** As many workgroups as needed along x, and from there on along y. */
export function spread(count: number): readonly [number, number, number] {
  return count <= MAX_WORKGROUPS ? [count, 1, 1] : [MAX_WORKGROUPS, Math.ceil(count / MAX_WORKGROUPS), 1]
}

/** WGSL of the workgroup's number as `spread` counts it. */
export const WORKGROUP = `(wid.y * ${MAX_WORKGROUPS}u + wid.x)`

export function finish(
  emitter: Emitter,
  writes: Id,
  parts: {
    readonly also?: Id | null
    readonly size: readonly [number, number]
    readonly globals?: string
    readonly body: string
    readonly workgroups: Kernel['workgroups']
    readonly work: Work
  },
): Kernel {
  const bindings = emitter.reads.map((_, i) => `@group(0) @binding(${i}) var<storage, read> b${i}: array<f32>;\n`)
  const { also = null } = parts
  const results = (also === null ? ['result'] : ['result', 'also']).map(
    (name, i) => `@group(0) @binding(${emitter.reads.length + i}) var<storage, read_write> ${name}: array<f32>;\n`,
  )
  const code = `${bindings.join('')}${results.join('')}${emitter.helpers}${parts.globals ?? ''}
@compute @workgroup_size(${parts.size.join(', ')})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_id) lid: vec3<u32>) {
${parts.body}
}
`
  return { code, reads: emitter.reads, writes, also, workgroups: parts.workgroups, work: parts.work }
}
