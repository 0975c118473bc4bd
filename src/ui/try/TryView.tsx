/**
 * Trying the border on anything: a picture that is dropped, pasted or chosen, or what a camera sees, bare and bordered, with the
 * model's answers beside each other. Nothing of it is kept, and nothing leaves the page.
 */
import { useEffect, useRef, useState, type DragEvent, type RefObject } from 'react'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { runName } from '../../state/comparison-sides'
import { isActive, runStore } from '../../state/run'
import { openRunStore } from '../../state/runs'
import { closeCamera } from '../../state/look-camera'
import { chosenPicture, followLook, lookStore, showLookTrouble, showPicture } from '../../state/look'
import { Alert } from '../common/Alert'
import { Frame } from '../common/Frame'
import { PictureCanvas } from '../stage/PictureCanvas'
import stage from '../stage/stage.module.css'
import { Strength } from '../stage/Strength'
import { Wipe } from '../stage/Wipe'
import { Answers } from './Answers'
import { CameraCanvas } from './CameraCanvas'
import { Mirror, Sources } from './Sources'
import { Tuning } from './Tuning'
import css from './TryView.module.css'

export function TryView() {
  useEffect(() => {
    const undo = [followLook(), followPaste(), closeCamera]
    return () => {
      for (const one of undo) one()
    }
  }, [])
  const rate = useRef<HTMLOutputElement>(null)
  const source = useStore(lookStore, (s) => s.source)
  const trouble = useStore(lookStore, (s) => s.trouble)
  return (
    <div className={css.view} {...useDrop()} data-testid="try-drop">
      <figure className={css.plate}>
        <Frame>
          <div className={stage.picture}>
            <Looked rate={rate} />
          </div>
        </Frame>
        <figcaption>
          <Strength />
          {source !== 'none' && <Mirror />}
          {source === 'camera' && <output ref={rate} className={css.rate} data-testid="try-rate" />}
        </figcaption>
      </figure>
      <div className={css.side}>
        <h1 className={css.heading}>{t('try.heading')}</h1>
        <p className={css.about}>{t('try.about')}</p>
        <Sources />
        {trouble && <Alert trouble={trouble} onDismiss={() => showLookTrouble(null)} />}
        <Which />
        <Answers />
        <Tuning />
      </div>
    </div>
  )
}

/** A picture let go anywhere on the view; with the keyboard it is chosen or pasted. */
function useDrop() {
  const [over, setOver] = useState(false)
  return {
    'data-drop-target': over || undefined,
    onDragOver: (event: DragEvent) => {
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: (event: DragEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault()
      setOver(false)
      const file = event.dataTransfer.files[0]
      if (file) showPicture(file.name, file)
      else showLookTrouble({ message: t('try.noFile'), remedy: t('try.noFile.remedy') })
    },
  }
}

function Looked({ rate }: { readonly rate: RefObject<HTMLOutputElement | null> }) {
  const source = useStore(lookStore, (s) => s.source)
  const picture = useStore(lookStore, (s) => s.picture)
  const idle = useStore(runStore, (s) => s.status === 'idle')
  const reading = useStore(lookStore, (s) => s.reading)
  if (source === 'camera') return <CameraCanvas rate={rate} />
  const chosen = chosenPicture()
  if (!picture && chosen && !reading && idle) return <Unlearned {...chosen} />
  if (!picture) {
    return (
      <div className={stage.inside} style={{ inset: 0 }}>
        <p className={stage.insideQuiet}>{t(source === 'none' ? 'try.empty' : 'try.reading')}</p>
      </div>
    )
  }
  return (
    <Wipe
      before={
        <PictureCanvas
          picture={picture}
          bordered={false}
          testId="try-before"
          alt={t('picture.alt', { path: picture.name })}
        />
      }
      after={<PictureCanvas picture={picture} bordered testId="try-after" />}
    />
  )
}

/** A picture while nothing has been learned that could be laid on it. */
function Unlearned({ name, file }: { readonly name: string; readonly file: Blob }) {
  const mirror = useStore(lookStore, (s) => s.mirror)
  const image = useRef<HTMLImageElement>(null)
  useEffect(() => {
    const url = URL.createObjectURL(file)
    image.current!.src = url
    return () => URL.revokeObjectURL(url)
  }, [file])
  return (
    <img
      ref={image}
      className={css.unlearned}
      data-mirrored={mirror || undefined}
      alt={t('picture.alt', { path: name })}
    />
  )
}

/** Which border it is, and what was asked of which model. */
function Which() {
  const status = useStore(runStore, (s) => s.status)
  const step = useStore(runStore, (s) => (s.result ? s.result.bestStep : (s.validation?.step ?? 0)))
  const record = useStore(openRunStore, (s) => s.record)
  if (status === 'idle') return <p className={css.note}>{t('try.noRun')}</p>
  const run = record ? runName(record) : ''
  return (
    <p className={css.note}>
      {t(isActive(status) ? 'try.learning' : 'try.learned', { step: count(step), run })}{' '}
      {record?.model.kind === 'clip' &&
        t('try.asked', { model: record.model.title, template: record.task.template.replace('{}', '…') })}
    </p>
  )
}

/** A picture may be pasted anywhere in this view. */
function followPaste(): () => void {
  const onPaste = (event: ClipboardEvent) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'))
    if (!file) return
    event.preventDefault()
    closeCamera()
    showPicture(file.name || t('try.pasted'), file)
  }
  document.addEventListener('paste', onPaste)
  return () => document.removeEventListener('paste', onPaste)
}
