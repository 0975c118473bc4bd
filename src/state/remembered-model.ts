/** What was kept of the model in use, checked. Apart, since the page is there long before its checks are needed. */
import { z } from 'zod'
import { parseCatalogue } from '../models/hub/catalogue'
import type { RememberedModel } from './remembered'

const schema = z.object({ entry: z.unknown(), variant: z.enum(['fp32', 'fp16', 'int8']) })

/** null where it is not what this program writes. */
export function checkedModel(kept: unknown): RememberedModel | null {
  const parsed = schema.safeParse(kept)
  if (!parsed.success) return null
  try {
    const [entry] = parseCatalogue([parsed.data.entry])
    return entry ? { entry, variant: parsed.data.variant } : null
  } catch {
    return null
  }
}
