/** What the project means its step to be, set beside what a benchmark found: docs/numbers.md says of each whether it is met. */
import type { Row } from '../bench/row'

interface Goal {
  readonly text: string
  /** Our engines it is asked of. */
  readonly engines: readonly string[]
  /** Of whose step ours is compared; null for our own forward. */
  readonly peer: string | null
  readonly met: (value: number) => boolean
}

const OURS = ['node-cpu', 'wasm', 'webgpu']

const GOALS: readonly Goal[] = [
  { text: 'a step takes at most 1.95 forwards', engines: OURS, peer: null, met: (x) => x <= 1.95 },
  { text: 'at least 2 times as fast as tfjs', engines: ['webgpu'], peer: 'webgpu-tfjs', met: (x) => x >= 2 },
  { text: 'at least 5 times as fast as tfjs', engines: ['wasm'], peer: 'tfjs-wasm', met: (x) => x >= 5 },
  { text: 'at least 1.5 times as fast as jax-js', engines: ['webgpu'], peer: 'webgpu-jax', met: (x) => x >= 1.5 },
  { text: 'at least 1.5 times as fast as jax-js', engines: ['wasm'], peer: 'jax-wasm', met: (x) => x >= 1.5 },
  { text: "at most 0.7 of PyTorch's time", engines: ['node-cpu'], peer: 'pytorch', met: (x) => x <= 0.7 },
]

/** Rows of the same model, batch and place: what ran in a browser is not set beside what ran in Node. */
function peerOf(rows: readonly Row[], row: Row, engine: string): Row | undefined {
  const place = (one: Row) => one.adapter.endsWith(', browser')
  return rows.find(
    (one) => one.engine === engine && one.model === row.model && one.batch === row.batch && place(one) === place(row),
  )
}

/** The figure that a goal is about; null where a peer failed. */
function measured(ours: Row, other: Row, peer: string | null): number | null {
  if (peer === null) return ours.ratio
  if (ours.stepMs === null || other.stepMs === null) return null
  return peer === 'pytorch' ? ours.stepMs / other.stepMs : other.stepMs / ours.stepMs
}

/** One line for each goal and each row that it is asked of, steps of pixels all: goal, model, ran on, measured, met or not. */
export function goalRows(rows: readonly Row[]): string[][] {
  return GOALS.flatMap(({ text, engines, peer, met }) =>
    rows
      .filter(({ engine, method }) => method === undefined && engines.includes(engine))
      .flatMap((row) => {
        const other = peer === null ? row : peerOf(rows, row, peer)
        const value = other ? measured(row, other, peer) : null
        if (value === null) return []
        return [[text, row.model, row.adapter, value.toFixed(2), met(value) ? 'met' : 'not met']]
      }),
  )
}
