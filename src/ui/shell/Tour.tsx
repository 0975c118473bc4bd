/** The tour: five short stops on the page itself. Left at any time; nothing is locked meanwhile. */
import { useEffect, useRef, useState } from 'react'
import { Button, Dialog, Heading, Popover } from 'react-aria-components'
import { t } from '../../i18n/t'
import { openView } from '../../state/route'
import { closeShell } from '../../state/shell'
import { TOUR, type TourStep } from './tour-steps'
import css from './Tour.module.css'

export function Tour() {
  const [stop, setStop] = useState(0)
  useEffect(() => {
    openView('learn')
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && closeShell()
    // On the way down: the popover keeps Escape to itself.
    document.addEventListener('keydown', onKey, true)
    return () => document.removeEventListener('keydown', onKey, true)
  }, [])
  const step = TOUR[stop]!
  // A popover keeps to the element it was opened at: each stop is one of its own.
  return <Stop key={stop} step={step} stop={stop} go={setStop} />
}

interface StopProps {
  readonly step: TourStep
  readonly stop: number
  readonly go: (stop: number) => void
}

function Stop({ step, stop, go }: StopProps) {
  const target = useRef<Element | null>(null)
  const [found, setFound] = useState(false)
  useEffect(() => {
    // The view may just have been opened.
    const frame = requestAnimationFrame(() => {
      target.current = step.at.map((selector) => document.querySelector(selector)).find((one) => one !== null) ?? null
      target.current?.scrollIntoView({ block: 'center', behavior: 'instant' })
      target.current?.setAttribute('data-pointed', '')
      setFound(true)
    })
    return () => {
      cancelAnimationFrame(frame)
      target.current?.removeAttribute('data-pointed')
    }
  }, [step])
  const last = stop === TOUR.length - 1
  if (!found) return null
  return (
    // Without a way to close by itself: it would, as soon as the page is scrolled.
    <Popover triggerRef={target} isOpen isNonModal offset={12} className={css.card}>
      <Dialog className={css.dialog} data-testid="tour" data-stop={stop + 1}>
        <p className={css.count}>{t('tour.count', { stop: stop + 1, of: TOUR.length })}</p>
        <Heading slot="title" className={css.title}>
          {t(step.title)}
        </Heading>
        <p>{t(step.text)}</p>
        <div className={css.buttons}>
          <Button className={css.quiet} onPress={closeShell} data-testid="tour-skip">
            {t(last ? 'tour.done' : 'tour.skip')}
          </Button>
          {stop > 0 && (
            <Button className={css.quiet} onPress={() => go(stop - 1)} data-testid="tour-back">
              {t('tour.back')}
            </Button>
          )}
          {!last && (
            <Button className={css.next} onPress={() => go(stop + 1)} autoFocus data-testid="tour-next">
              {t('tour.next')}
            </Button>
          )}
        </div>
      </Dialog>
    </Popover>
  )
}
