/** How strongly the border is laid on the pictures, for looking only: 0 to 150 % of what was learned. */
import { Label, Slider, SliderFill, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { MAX_STRENGTH, setStrength, viewStore } from '../../state/view'
import css from './stage.module.css'

export function Strength() {
  const strength = useStore(viewStore, (s) => s.strength)
  return (
    <Slider
      className={css.strength}
      minValue={0}
      maxValue={MAX_STRENGTH}
      step={0.05}
      value={strength}
      onChange={setStrength}
      formatOptions={{ style: 'percent' }}
    >
      <Label>{t('strength.label')}</Label>
      <SliderOutput data-testid="strength-value" />
      <SliderTrack className={css.strengthTrack}>
        <SliderFill className={css.strengthFill} />
        <span className={css.strengthOne} aria-hidden="true" />
        <SliderThumb className={css.strengthThumb} data-testid="strength" />
      </SliderTrack>
    </Slider>
  )
}
