/** Below the headline: how far confidence can be believed, in one line, and the way to the pictures behind the numbers. */
import { useEffect } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { percent } from '../../i18n/format'
import { t } from '../../i18n/t'
import { perform } from '../../state/actions'
import { followResultCalibration, resultCalibrationStore } from '../../state/result-calibration'
import { openView, setQuery } from '../../state/route'
import { Term } from '../visuals/Term'
import css from './Result.module.css'

export function WhichPictures() {
  useEffect(followResultCalibration, [])
  const known = useStore(resultCalibrationStore, (s) => s.known)
  if (!known) return null
  const { run, zeroShot, prompted } = known
  return (
    <p className={css.which}>
      <span data-testid="result-ece" data-zero-shot={zeroShot} data-prompted={prompted}>
        <Term of="glossary.ece">{t('compare.ece')}</Term>{' '}
        {t('result.ece', { before: percent(zeroShot), after: percent(prompted) })}
      </span>
      <span className={css.ways}>
        <Button className={css.link} onPress={() => perform('files.export')} data-testid="result-export">
          {t('result.export')}
        </Button>
        <a
          href={`#compare?a=${run}`}
          className={css.link}
          data-testid="which-images"
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return
            event.preventDefault()
            openView('compare')
            setQuery({ a: run, b: null, split: null })
          }}
        >
          {t('result.which')}
        </a>
      </span>
    </p>
  )
}
