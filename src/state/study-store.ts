/** The study that is at work, and what is known of the one that is looked at. What a person does with it is in `study.ts`. */
import { createStore } from 'zustand/vanilla'
import { t } from '../i18n/t'
import type { StudyEvent, StudyReport, Studying } from '../lab/protocol-study'
import type { OfferedId } from '../study/offered'
import { announce } from './announce'
import type { Trouble } from './trouble'

export interface StudyState {
  /** Methods ticked, in the order of the wall; null until somebody has looked at the view. */
  readonly chosen: readonly OfferedId[] | null
  /** How many seeds: 1, 2... */
  readonly seeds: number
  readonly status: 'rest' | 'starting' | 'measuring' | 'stopping'
  /** Null before the first cell is told of. */
  readonly work: Studying | null
  readonly report: StudyReport | null
  /** Why a method does not go here, by label; since the last start. */
  readonly refused: Readonly<Record<string, Trouble>>
  /** Why what is measured cannot be kept. */
  readonly keeping: Trouble | null
  readonly trouble: Trouble | null
}

export const initialStudy: StudyState = {
  ...{ chosen: null, seeds: 1, status: 'rest', work: null, report: null, refused: {} },
  ...{ keeping: null, trouble: null },
}

export const studyStore = createStore<StudyState>(() => initialStudy)

/** Engine and memory are its own: no run begins meanwhile. */
export const isStudying = ({ status }: Pick<StudyState, 'status'> = studyStore.getState()): boolean => status !== 'rest'

/** What the lab tells. */
export function onStudy(event: StudyEvent): void {
  switch (event.type) {
    case 'studying': {
      const { type: _, ...work } = event
      // It may have been told of just before it was stopped.
      return studyStore.setState(({ status }) => ({ work, status: status === 'starting' ? 'measuring' : status }))
    }
    case 'studied':
      return studyStore.setState({ keeping: event.keeping })
    case 'studyRefused':
      return studyStore.setState(({ refused }) => ({ refused: { ...refused, [event.label]: event.trouble } }))
    case 'studyEnded':
      studyStore.setState({ status: 'rest', work: null, trouble: event.trouble })
      announce(t(`study.announce.${event.how}`))
  }
}

/** The worker died. */
export function loseStudy(trouble: Trouble): void {
  if (isStudying()) studyStore.setState({ status: 'rest', work: null, trouble })
}
