/** The keys of an action, as caps. */
import { t } from '../../i18n/t'
import { keyNames } from './keys'
import css from './Overlays.module.css'

export function KeyCaps({ keys }: { readonly keys: string | null }) {
  if (keys === null) return <span />
  return (
    <span className={css.caps}>
      {keyNames(keys, t('run.space')).map((name) => (
        <kbd key={name}>{name}</kbd>
      ))}
    </span>
  )
}
