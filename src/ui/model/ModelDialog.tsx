/** The chooser: what this machine allows, the models that can be had, one's own files, and where models come from. */
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useStore } from 'zustand'
import { bytes } from '../../i18n/format'
import { engineTitle } from '../../i18n/names'
import { t } from '../../i18n/t'
import { EMBEDDED, type EmbeddedModel } from '../../models/catalogue'
import { closeModels, modelsStore, showModelsTrouble, takeEmbedded } from '../../state/models'
import { isActive, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { Alert } from '../common/Alert'
import { cx } from '../common/cx'
import { Address } from './Address'
import { Forget } from './Forget'
import { HubModel } from './HubModel'
import { OwnModel } from './OwnModel'
import { Pace } from './Pace'
import css from './Model.module.css'

export function ModelDialog() {
  const open = useStore(modelsStore, (s) => s.open)
  return (
    <ModalOverlay
      className={css.overlay}
      isOpen={open}
      onOpenChange={(wanted) => wanted || closeModels()}
      isDismissable
    >
      <Modal className={css.modal}>
        <Dialog className={css.dialog} data-testid="model-dialog">
          <div className={css.top}>
            <Heading slot="title" className={css.dialogTitle}>
              {t('models.dialog')}
            </Heading>
            <Button className={css.close} onPress={closeModels} aria-label={t('models.close')}>
              ×
            </Button>
          </div>
          <Content />
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Content() {
  const report = useStore(modelsStore, (s) => s.report)
  const loading = useStore(modelsStore, (s) => s.loading)
  const trouble = useStore(modelsStore, (s) => s.trouble)
  const active = useStore(runStore, (s) => isActive(s.status))
  const locked = active || loading !== null
  return (
    <>
      <Machine />
      <p className={css.note} role="status">
        {active && t('models.locked')}
        {loading !== null && t('models.reading', { title: loading })}
        {report === null && t('models.asking')}
      </p>
      {trouble && <Alert trouble={trouble} onDismiss={() => showModelsTrouble(null)} />}
      {report?.trouble && <Alert trouble={report.trouble} />}
      <ul className={css.models}>
        {EMBEDDED.map((model) => (
          <li key={model.id}>
            <Embedded model={model} locked={locked} />
          </li>
        ))}
        {report?.hub.map((offer) => (
          <li key={offer.entry.id}>
            <HubModel offer={offer} locked={locked} />
          </li>
        ))}
        <li>
          <OwnModel locked={locked} />
        </li>
      </ul>
      <Others />
      <Address />
    </>
  )
}

/** What the machine allows, in a sentence. */
function Machine() {
  const capability = useStore(sessionStore, (s) => s.capability)
  const report = useStore(modelsStore, (s) => s.report)
  if (!capability) return null
  const { adapter, description } = capability
  return (
    <p className={css.machine} data-testid="machine">
      {adapter
        ? t('models.here.adapter', {
            name: description,
            limit: bytes(Math.min(adapter.maxBufferSize, adapter.maxStorageBufferBindingSize)),
            half: t(adapter.halfPrecision ? 'models.here.half' : 'models.here.noHalf'),
          })
        : t('models.here.processor', { engine: engineTitle(description) })}{' '}
      {report?.freeBytes != null && t('models.here.free', { free: bytes(report.freeBytes) })}{' '}
      {report && !report.lasting && t('models.here.passing')}
    </p>
  )
}

function Embedded({ model, locked }: { readonly model: EmbeddedModel; readonly locked: boolean }) {
  const inUse = useStore(sessionStore, (s) => s.model?.origin === 'embedded' && s.model.id === model.id)
  return (
    <article className={cx(css.model, inUse && css.chosen)} data-testid={`model-${model.id}`}>
      <div>
        <h3 className={css.title}>{model.title}</h3>
        <p className={css.small}>{t('models.embedded.facts', { side: model.imageSize, licence: model.licence })}</p>
        <p className={css.small}>{t('models.embedded.about', { bytes: bytes(model.bytes) })}</p>
        <Pace modelId={model.id} variant={null} />
      </div>
      <div className={css.actions}>
        {inUse ? (
          <p className={css.state}>{t('models.inUse')}</p>
        ) : (
          <Button
            className={css.button}
            isDisabled={locked}
            onPress={() => void takeEmbedded(model.id, model.title)}
            aria-label={t('models.use.title', { title: model.title })}
            data-testid={`use-${model.id}`}
          >
            {t('models.use')}
          </Button>
        )}
      </div>
    </article>
  )
}

/** Models in the store that are in no list at hand: they take up space, and can be forgotten. */
function Others() {
  const others = useStore(modelsStore, (s) => s.report?.others)
  if (!others || others.length === 0) return null
  return (
    <section className={css.part} aria-labelledby="other-models">
      <h3 id="other-models" className={css.title}>
        {t('models.others')}
      </h3>
      <ul className={css.models}>
        {others.map(({ id, keptBytes }) => (
          <li key={id} className={css.other}>
            <code>{id}</code>
            <Forget id={id} title={id} keptBytes={keptBytes} />
          </li>
        ))}
      </ul>
    </section>
  )
}
