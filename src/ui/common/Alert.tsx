/** What went wrong and what to do about it, inline, in the place where it happened. */
import { Button } from 'react-aria-components'
import { inWords } from '../../i18n/said'
import { t } from '../../i18n/t'
import type { Trouble } from '../../state/trouble'
import css from './Alert.module.css'

interface AlertProps {
  readonly trouble: Trouble
  /** One more sentence about what was kept. */
  readonly kept?: string | null
  readonly onDismiss?: () => void
  /** Offered where what failed can be tried once more. */
  readonly onAgain?: (() => void) | undefined
  /** Another way on. */
  readonly offer?: { readonly label: string; readonly onPress: () => void; readonly isBusy: boolean } | undefined
}

export function Alert({ trouble, kept, onDismiss, onAgain, offer }: AlertProps) {
  const { message, remedy } = inWords(trouble)
  return (
    <div role="alert" className={css.alert} data-testid="alert">
      <div>
        <p className={css.message}>{message}</p>
        <p>{remedy}</p>
        {kept && <p>{kept}</p>}
        {onAgain && (
          <Button className={css.again} onPress={onAgain} data-testid="again">
            {t('trouble.again')}
          </Button>
        )}
        {offer && (
          <Button className={css.again} onPress={offer.onPress} isDisabled={offer.isBusy} data-testid="offer">
            {offer.label}
          </Button>
        )}
      </div>
      {onDismiss && (
        <Button className={css.dismiss} onPress={onDismiss} aria-label={t('trouble.dismiss')}>
          ×
        </Button>
      )}
    </div>
  )
}
