/** What the parts of a run share. Types only. */
import type { Answers } from './answers'
import type { Control } from './control'
import type { Learner } from '../learning/learner'
import type { RunStatus } from './protocol'
import type { Recovery } from './recovery'
import type { RunReporter } from './reporter'
import type { RunOptions } from './run-options'
import type { RunProgress } from './run-progress'

export interface RunParts {
  readonly options: RunOptions
  readonly answers: Answers
  readonly control: Control
  readonly progress: RunProgress
  /** Whatever needs the device goes through it. */
  readonly recovery: Recovery<Learner>
  readonly reporter: RunReporter
  tell(status: Exclude<RunStatus, 'recovering'>): void
  /** Lets others have their turn. @throws where the run was dropped meanwhile */
  breathe(): Promise<void>
}
