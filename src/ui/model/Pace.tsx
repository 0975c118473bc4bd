/** How long a step took the last time: the one honest forecast there is, since no two machines are alike. */
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import type { VariantId } from '../../models/capability'
import { rememberedPace } from '../../state/remembered'
import { sessionStore } from '../../state/session'
import css from './Model.module.css'

interface PaceProps {
  readonly modelId: string
  readonly variant: VariantId | null
}

export function Pace({ modelId, variant }: PaceProps) {
  const engine = useStore(sessionStore, (s) => s.capability?.description)
  const pace = engine === undefined ? null : rememberedPace(modelId, variant, engine)
  if (!pace) return null
  const seconds = pace.secondsPerStep
  return (
    <p className={css.small}>
      {t('models.pace', { seconds: `${seconds.toFixed(seconds < 10 ? 2 : 0)}\u202fs`, batch: pace.batchSize })}
    </p>
  )
}
