/** A model of the catalogue: its facts, its variants and what each can do here, and the next sensible thing to press. */
import { Button, Link } from 'react-aria-components'
import { useStore } from 'zustand'
import { bytes, roughBytes } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { HubChoice, HubOffer } from '../../lab/protocol'
import type { VariantAdvice, VariantId } from '../../models/capability'
import { fetchModel, modelsStore, pickedVariant, pickVariant, takeHubModel, titleOf } from '../../state/models'
import { sessionStore } from '../../state/session'
import { Choice } from '../common/Choice'
import { cx } from '../common/cx'
import { Download } from './Download'
import { Forget } from './Forget'
import { Pace } from './Pace'
import css from './Model.module.css'

interface HubModelProps {
  readonly offer: HubOffer
  readonly locked: boolean
}

export function HubModel({ offer, locked }: HubModelProps) {
  const { entry, advice } = offer
  const picked = useStore(modelsStore, (s) => pickedVariant(offer, s.picked))
  const base = useStore(modelsStore, (s) => s.base)
  const fetching = useStore(modelsStore, (s) => s.fetching)
  const inUse = useStore(sessionStore, (s) => (s.model?.origin === 'hub' && s.model.id === entry.id ? s.model : null))
  const choice: HubChoice = { entry, variant: picked, base }
  const judged = advice.variants.find(({ id }) => id === picked)
  const own = fetching?.choice.entry.id === entry.id ? fetching : null
  return (
    <article className={cx(css.model, inUse && css.chosen)} data-testid={`model-${entry.id}`}>
      <div>
        <h3 className={css.title}>{entry.title}</h3>
        <p className={css.small}>
          {t('models.facts', {
            side: entry.imageSize,
            patch: entry.patchSize,
            parameters: Math.round(entry.parameters / 1e6),
            licence: entry.licence,
          })}{' '}
          <Link className={css.link} href={entry.page} target="_blank" rel="noreferrer">
            {entry.id}
          </Link>
        </p>
        <Variants offer={offer} picked={picked} />
        {judged && <Verdict offer={offer} judged={judged} />}
        <Pace modelId={entry.id} variant={picked} />
      </div>
      <div className={css.actions}>
        {inUse?.variant === picked ? (
          <p className={css.state}>{t('models.inUse')}</p>
        ) : (
          judged && !own && <Next choice={choice} offer={offer} judged={judged} locked={locked} />
        )}
        {offer.keptBytes > 0 && !own && <Forget id={entry.id} title={entry.title} keptBytes={offer.keptBytes} />}
      </div>
      {own && <Download fetching={own} />}
    </article>
  )
}

function Variants({ offer: { entry, advice }, picked }: { readonly offer: HubOffer; readonly picked: VariantId }) {
  return (
    <Choice
      aria-label={t('models.variants', { title: entry.title })}
      className={css.variants}
      of={entry.variants.map(({ id }) => id)}
      chosen={picked}
      onChoose={(id) => pickVariant(entry.id, id)}
      titleOf={(id) => (
        <>
          {id}
          {advice.advised === id && entry.variants.length > 1 && (
            <span className={css.advised}> {t('models.advised')}</span>
          )}
        </>
      )}
      testId={`variant-${entry.id}`}
    />
  )
}

/** What the variant looked at can do here, or why it cannot. */
function Verdict({ offer, judged }: { readonly offer: HubOffer; readonly judged: VariantAdvice }) {
  const { advice, here, begun } = offer
  const { id, refusal, totalBytes, missingBytes } = judged
  const state = here.includes(id) ? 'here' : begun.includes(id) ? 'begun' : 'away'
  return (
    <>
      <p className={css.small} data-testid={`state-${offer.entry.id}`} data-state={state}>
        {t(`models.state.${state}`, { bytes: bytes(totalBytes), kept: bytes(totalBytes - missingBytes) })}{' '}
        {refusal === null && <Needs judged={judged} />}
      </p>
      {refusal ? (
        <p className={css.refusal} data-testid={`refusal-${offer.entry.id}`}>
          <strong>{refusal.message}</strong> {refusal.remedy}
        </p>
      ) : (
        advice.why !== null && advice.advised === id && <p className={css.why}>{t(`models.why.${advice.why}`)}</p>
      )}
    </>
  )
}

/** "Infers and learns; about 640 MB of graphics memory, 32 pictures at once." */
function Needs({ judged: { learn, memoryBytes, rows } }: { readonly judged: VariantAdvice }) {
  const onGpu = useStore(sessionStore, (s) => s.capability?.adapter != null)
  const memory = t(onGpu ? 'models.memory.webgpu' : 'models.memory.processor', {
    memory: roughBytes(memoryBytes),
    pictures: t(rows === 1 ? 'models.rows.one' : 'models.rows', { rows }),
  })
  return <>{`${t(learn ? 'models.does.learn' : 'models.does.infer')}; ${memory}.`}</>
}

interface NextProps extends HubModelProps {
  readonly choice: HubChoice
  readonly judged: VariantAdvice
}

/** Fetch, go on, or use. */
function Next({ choice, offer, judged, locked }: NextProps) {
  const busy = useStore(modelsStore, (s) => s.fetching !== null)
  const { id } = choice.entry
  if (offer.here.includes(judged.id)) {
    return (
      <Button
        className={css.main}
        isDisabled={locked || judged.refusal !== null}
        onPress={() => void takeHubModel(choice)}
        aria-label={t('models.use.title', { title: titleOf(choice) })}
        data-testid={`use-${id}`}
      >
        {t('models.use')}
      </Button>
    )
  }
  const left = { bytes: bytes(judged.missingBytes) }
  return (
    <Button
      className={css.main}
      isDisabled={busy || judged.refusal !== null}
      onPress={() => void fetchModel(choice)}
      data-testid={`fetch-${id}`}
    >
      {t(offer.begun.includes(judged.id) ? 'models.goOn' : 'models.fetch', left)}
    </Button>
  )
}
