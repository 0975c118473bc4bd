/** The frozen model in use, and the way to another: above the pictures, since they are cut to its size. */
import { useDeferredValue } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import type { ModelInfo } from '../../lab/protocol'
import { modelsStore, openModels, showModelsTrouble, takeHubModel, titleOf } from '../../state/models'
import { isActive, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { Alert } from '../common/Alert'
import { Download } from './Download'
import { ModelDialog } from './ModelDialog'
import { SelfCheck } from './SelfCheck'
import css from './Model.module.css'

export function ModelSection() {
  const model = useStore(sessionStore, (s) => s.model)
  const ready = useStore(sessionStore, (s) => s.phase === 'ready')
  const { open, fetching, loading, trouble } = useStore(modelsStore)
  return (
    <section aria-labelledby="model-heading">
      <h2 id="model-heading" className={css.heading}>
        {t('models.heading')}
        <span className={css.note} role="status">
          {loading !== null && t('models.reading', { title: loading })}
        </span>
      </h2>
      <div className={css.inUse}>
        <div>
          <p className={css.title}>{model?.title ?? '–'}</p>
          <p className={css.small}>{model && <About model={model} />}</p>
        </div>
        <Button className={css.button} isDisabled={!ready} onPress={openModels} data-testid="choose-model">
          {t('models.change')}
        </Button>
      </div>
      {model && model.checks.length > 0 && <SelfCheck checks={model.checks} />}
      {fetching && !open && <Download fetching={fetching} />}
      <Waiting />
      {trouble && !open && <Alert trouble={trouble} onDismiss={() => showModelsTrouble(null)} />}
      <ModelDialog />
    </section>
  )
}

function About({ model }: { readonly model: ModelInfo }) {
  const lasting = useStore(modelsStore, (s) => s.report?.lasting ?? true)
  const where = model.origin === 'hub' && !lasting ? 'hub.passing' : model.origin
  return <>{t(`models.about.${where}`)}</>
}

/** A model that came while a run was on. */
function Waiting() {
  const waiting = useStore(modelsStore, (s) => s.waiting)
  // After the answer to the press of a button that locks it, not with it: many controls change.
  const active = useDeferredValue(useStore(runStore, (s) => isActive(s.status)))
  if (!waiting) return null
  return (
    <div className={css.waiting} role="status" data-testid="model-waiting">
      <p>{t('models.waiting', { title: titleOf(waiting) })}</p>
      {active ? (
        <p className={css.small}>{t('models.waiting.hint')}</p>
      ) : (
        <Button className={css.button} onPress={() => void takeHubModel(waiting)}>
          {t('models.use')}
        </Button>
      )}
    </div>
  )
}
