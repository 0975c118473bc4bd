/**
 * The views of the page and what draws them. They are fetched when they are opened, the first one at once. A view is listed
 * here when there is something in it; the navigation shows those that are listed.
 */
import type { ComponentType } from 'react'
import { VIEWS, type View } from '../../state/route'
import { fetched } from '../common/fetched'

/** Asked for at once, but a task of its own: what is loaded and drawn in one go holds the page for too long. */
import('./LearnView').catch(() => undefined) // told where it is drawn

const DRAWN: Partial<Record<View, ComponentType>> = {
  learn: fetched(async () => (await import('./LearnView')).LearnView),
  images: fetched(async () => (await import('../images/ImagesView')).ImagesView),
  try: fetched(async () => (await import('../try/TryView')).TryView),
  compare: fetched(async () => (await import('../compare/CompareView')).CompareView),
  runs: fetched(async () => (await import('../runs/RunsView')).RunsView),
  study: fetched(async () => (await import('../study/StudyView')).StudyView),
}

export const views: readonly { readonly id: View; readonly Content: ComponentType }[] = VIEWS.flatMap((id) => {
  const Content = DRAWN[id]
  return Content ? [{ id, Content }] : []
})
