/** Frees the disk space of a model, after one question: fetching it again may take long. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { bytes } from '../../i18n/format'
import { t } from '../../i18n/t'
import { forgetModel } from '../../state/models'
import css from './Model.module.css'

interface ForgetProps {
  readonly id: string
  readonly title: string
  readonly keptBytes: number
}

export function Forget({ id, title, keptBytes }: ForgetProps) {
  const [asked, setAsked] = useState(false)
  if (!asked) {
    return (
      <Button
        className={css.quiet}
        onPress={() => setAsked(true)}
        aria-label={t('models.forget.title', { title, bytes: bytes(keptBytes) })}
        data-testid={`forget-${id}`}
      >
        {t('models.forget')}
      </Button>
    )
  }
  return (
    <span
      className={css.question}
      role="group"
      aria-label={t('models.forget.title', { title, bytes: bytes(keptBytes) })}
    >
      {t('models.forget.ask', { bytes: bytes(keptBytes) })}
      <Button
        className={css.button}
        autoFocus
        onPress={() => {
          setAsked(false)
          void forgetModel(id)
        }}
        data-testid={`forget-yes-${id}`}
      >
        {t('models.forget.yes')}
      </Button>
      <Button className={css.quiet} onPress={() => setAsked(false)}>
        {t('models.forget.no')}
      </Button>
    </span>
  )
}
