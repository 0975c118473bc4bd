/** What CoOp or CoCoOp have learned: words of no language, to stand around any class names. */
import type { NamedTensors } from '../method'

export interface LearnedContext {
  readonly method: 'coop' | 'cocoop'
  /** ctx, and the meta-net of CoCoOp, by their authors' names (cocoop-shapes.ts). */
  readonly parameters: NamedTensors
}
