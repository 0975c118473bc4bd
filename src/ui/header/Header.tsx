/** Name, one sentence, and the colophon: what this page runs on and which frozen model it holds. */
import { useStore } from 'zustand'
import { bytes, percent, shortSha } from '../../i18n/format'
import { say } from '../../i18n/said'
import { engineTitle } from '../../i18n/names'
import { t } from '../../i18n/t'
import { sessionStore } from '../../state/session'
import css from './Header.module.css'
import { Preferences } from './Preferences'
import { Views } from './Views'

export function Header() {
  const { phase, capability, model, modelProgress } = useStore(sessionStore)
  const failed = phase === 'failed'
  return (
    <header>
      <div className={css.header}>
        <div>
          <h1 className={css.name}>{t('app.name')}</h1>
          <p className={css.what}>{t('app.what')}</p>
        </div>
        <div>
          <Preferences />
          <dl className={css.colophon}>
            <div>
              <dt>{t('engine.label')}</dt>
              <dd data-testid="engine" data-engine={capability?.engine}>
                {capability ? engineTitle(capability.description) : t(failed ? 'engine.none' : 'engine.opening')}
                {capability?.reason && <span className={css.why}> · {say(capability.reason)}</span>}
                {capability?.engine === 'wasm' && !capability.crossOriginIsolated && (
                  <span className={css.why}> · {t('engine.isolated')}</span>
                )}
              </dd>
            </div>
            <div>
              <dt>{t('model.label')}</dt>
              <dd data-testid="model">
                {model ? (
                  <>
                    {model.title}
                    <span className={css.why}>
                      {' '}
                      · {bytes(model.bytes)} · sha256 <code title={model.sha256}>{shortSha(model.sha256)}</code>
                    </span>
                  </>
                ) : failed ? (
                  t('model.none')
                ) : (
                  t('model.loading', { percent: percent(modelProgress ?? 0, 0) })
                )}
              </dd>
            </div>
          </dl>
        </div>
      </div>
      <Views />
    </header>
  )
}
