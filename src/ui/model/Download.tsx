/** A model on its way: bytes, pace, time left, and the way to end it. What has come is kept. */
import { Button, ProgressBar } from 'react-aria-components'
import { bytes, duration } from '../../i18n/format'
import { t } from '../../i18n/t'
import { cancelFetch, titleOf, type ModelsState } from '../../state/models'
import css from './Model.module.css'

interface DownloadProps {
  readonly fetching: NonNullable<ModelsState['fetching']>
}

export function Download({ fetching: { choice, download, ending } }: DownloadProps) {
  const loaded = download?.loaded ?? 0
  const total = download?.total ?? 0
  return (
    <div className={css.download} data-testid="download">
      <ProgressBar
        className={css.line}
        aria-label={t('models.download.label', { title: titleOf(choice) })}
        value={loaded}
        maxValue={Math.max(1, total)}
        valueLabel={t('models.download.bytes', { loaded: bytes(loaded), total: bytes(total) })}
        data-testid="download-progress"
      >
        {({ percentage }) => <span style={{ transform: `scaleX(${(percentage ?? 0) / 100})` }} />}
      </ProgressBar>
      <p className={css.title}>{t('models.download.label', { title: titleOf(choice) })}</p>
      <p className={css.figures}>
        {download === null ? (
          t('models.download.starting', { host: new URL(choice.base.address).host })
        ) : (
          <>
            <span data-testid="download-bytes">
              {t('models.download.bytes', { loaded: bytes(loaded), total: bytes(total) })}
            </span>
            {download.bytesPerSecond > 0 && (
              <span data-testid="download-rate">
                {t('models.download.rate', { rate: bytes(download.bytesPerSecond) })}
              </span>
            )}
            {download.etaSeconds !== null && (
              <span data-testid="download-eta">{t('models.download.eta', { eta: duration(download.etaSeconds) })}</span>
            )}
            {download.resumed && <span data-testid="download-resumed">{t('models.download.resumed')}</span>}
          </>
        )}
      </p>
      <div className={css.actions}>
        <Button
          className={css.button}
          isDisabled={ending}
          onPress={() => void cancelFetch()}
          data-testid="download-cancel"
        >
          {t(ending ? 'models.download.ending' : 'models.download.cancel')}
        </Button>
        <span className={css.hint}>{t('models.download.kept')}</span>
      </div>
    </div>
  )
}
