/** The five stops of the tour: what is pointed at, and what is said of it. */
import type { MessageKey } from '../../i18n/t'

export interface TourStep {
  readonly title: MessageKey
  readonly text: MessageKey
  /** Selectors of what is pointed at; the first that is on the page. */
  readonly at: readonly string[]
}

export const TOUR: readonly TourStep[] = [
  {
    title: 'tour.images',
    text: 'tour.images.text',
    at: ['[data-testid=drop-area]', '[data-testid^=sample-]', '[data-testid=classes]'],
  },
  { title: 'tour.start', text: 'tour.start.text', at: ['[data-testid=main-button]'] },
  {
    title: 'tour.border',
    text: 'tour.border.text',
    at: ['[data-testid=border-canvas]', '[data-testid=border-step]', '[data-testid=run]'],
  },
  { title: 'tour.result', text: 'tour.result.text', at: ['[data-testid=result]', '[data-testid=run]'] },
  { title: 'tour.views', text: 'tour.views.text', at: ['[data-tour=views]'] },
]
