/** What the frozen model makes of the picture, bare and bordered, side by side. */
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { lookStore } from '../../state/look'
import hidden from '../common/hidden.module.css'
import { BothAnswers } from '../stage/Probabilities'
import css from './TryView.module.css'

const CLASSES = 5

export function Answers() {
  const answer = useStore(lookStore, (s) => s.answer)
  if (!answer) return null
  return (
    <div className={css.answers} data-testid="try-answers">
      <h2 className={hidden.hidden}>{t('try.answers')}</h2>
      <BothAnswers {...answer} label={null} count={CLASSES} />
    </div>
  )
}
