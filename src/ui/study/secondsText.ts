/** "0.42 s", "12.5 s", "3 min 20 s": what a method takes may be next to nothing. */
import { duration } from '../../i18n/format'
import { t } from '../../i18n/t'
import { shortNumber } from '../../state/study-table'

export const secondsText = (seconds: number): string =>
  seconds < 60 ? t('study.seconds', { seconds: shortNumber(seconds) }) : duration(seconds)
