/**
 * What the rest of the program knows of an execution engine: sessions that take and give tfjs tensors.
 *
 * An engine is ONNX Runtime on one device plus a tfjs backend on the same device (one GPUDevice on WebGPU, so that
 * pixels never pass through JavaScript). Implementations: `node.ts` (onnxruntime-node), `wasm.ts`, `webgpu.ts`.
 */
import type * as tf from '@tensorflow/tfjs-core'
import type { OnnxModel } from '../onnx/model'
import type { EngineFault } from './fault'
import type { GraphMemory } from './memory'

export type EngineKind = 'node-cpu' | 'wasm' | 'webgpu'

/** A tensor whose values lie in JavaScript memory: for dtypes that tfjs lacks (int64, bool as one byte). */
export interface HostTensor {
  readonly dtype: 'float32' | 'float64' | 'int32' | 'int64' | 'bool' | 'uint8'
  readonly dims: readonly number[]
  /** bool: one byte each, 0 or 1. */
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array
}

export type Feeds = Readonly<Record<string, tf.Tensor | HostTensor>>
/** float32 outputs as tfjs tensors, by ONNX output name. */
export type Outputs = Readonly<Record<string, tf.Tensor>>

/** Bytes that the ONNX file refers to by name (`TensorProto.external_data.location`). */
export interface ExternalData {
  readonly path: string
  readonly data: Uint8Array
}

/** Bytes of external data as an engine holds them now. */
export interface WeightPiece {
  readonly path: string
  /** In the file. */
  readonly offset: number
  readonly bytes: Uint8Array
}

export interface Session {
  /**
   * Runs the graph and hands its outputs to `use`. The outputs belong to the session: they are valid until `use`
   * returns (or its promise settles) and are freed after it; what must outlive it is derived or read inside.
   * `fetches` limits what is read back, never what is computed: ONNX Runtime always runs the whole graph.
   */
  run<T>(feeds: Feeds, use: (outputs: Outputs) => T | Promise<T>, fetches?: readonly string[]): Promise<T>
  /**
   * The weights as they lie on the device, read back one after the other: in the order of the external data that the session
   * was made with, and of their places in it. Absent where the engine's copy cannot be read.
   */
  weights?(): AsyncIterable<WeightPiece>
  dispose(): Promise<void>
}

/** What is alive on the device; a test asserts that it returns to where it began. */
export interface LedgerSnapshot {
  readonly tfTensors: number
  readonly sessions: number
  /** WebGPU only, 0 elsewhere. */
  readonly gpuBuffers: number
  readonly gpuBytes: number
}

/**
 * An engine is ready until its device has a fault; from then on it is faulty: every call rejects with that fault, what lies
 * on the device is lost, and the one thing left is to dispose it and open another. Host engines never become faulty.
 */
export interface Engine {
  readonly kind: EngineKind
  /** As a person would read it: "NVIDIA H200 (WebGPU)", "WASM, 2 threads", "CPU (onnxruntime-node)". */
  readonly description: string
  /** The engine has weights of its own when this resolves, and holds on to no byte that it was given. */
  createSession(model: Uint8Array, externalData?: readonly ExternalData[]): Promise<Session>
  /** What a run of a static graph would hold alive here beside its weights, which are not looked at. Also of a faulty engine. */
  reckon(model: OnnxModel): GraphMemory
  ledger(): LedgerSnapshot
  /** What made this engine faulty; null while it is ready. */
  readonly fault: EngineFault | null
  /**
   * The fault behind an error that came from this engine, its sessions or tensors on it; null where there is none. Waits a
   * moment where the news may still be on its way. Running out of memory may leave the engine ready: its session is not.
   */
  faultOf(error: unknown): Promise<EngineFault | null>
  /** Resolves when all work given to the device so far is done (WebGPU); at once elsewhere. */
  idle(): Promise<void>
  dispose(): Promise<void>
}
