/** One line of the benchmark, as `--json` writes it and docs/numbers.md shows it. */
export interface Row {
  readonly name: string
  /**
   * An engine kind; or a peer: 'webgpu-ort', the same graph by ONNX Runtime; 'tfjs-wasm' and 'webgpu-tfjs', the encoder
   * executed by tfjs under its own tape; 'webgpu-jax', written in jax-js; 'pytorch'.
   */
  readonly engine: string
  /** What it ran on, for people; of a peer that failed on this model, what it said, and no figures. */
  readonly adapter: string
  readonly model: string
  readonly batch: number
  /** Where words are learned, and not pixels: a step is then more than one forward and its backward. */
  readonly method?: 'coop' | 'tpt'
  /** Medians, milliseconds. */
  readonly forwardMs: number | null
  readonly stepMs: number | null
  /** Median over rounds of step / forward. */
  readonly ratio: number | null
  /** Growth of the process's resident memory from before the session to after its first step; on WebGPU the peak of live buffers. */
  readonly peakBytes: number | null
  /** Compute dispatches of one step; null where there is no GPU. */
  readonly dispatches: number | null
  /** Submits to the queue in one step. */
  readonly submits: number | null
}
