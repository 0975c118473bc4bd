/** Where models are fetched from, and plainly what goes over the network. */
import { useState } from 'react'
import { Button, Form, Input, Label, Radio, RadioGroup, TextField } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { HUB } from '../../models/hub/base'
import { OWN_FOLDER } from '../../state/address'
import { modelsStore, setAddress } from '../../state/models'
import css from './Model.module.css'

const HUB_HOST = new URL(HUB.address).host

export function Address() {
  const address = useStore(modelsStore, (s) => s.address)
  const base = useStore(modelsStore, (s) => s.base)
  const fetching = useStore(modelsStore, (s) => s.fetching !== null)
  const [other, setOther] = useState(address !== null)
  const [typed, setTyped] = useState(address ?? OWN_FOLDER)
  return (
    <section className={css.part} aria-labelledby="model-address">
      <h3 id="model-address" className={css.title}>
        {t('models.from.heading')}
      </h3>
      <RadioGroup
        aria-labelledby="model-address"
        className={css.radios}
        isDisabled={fetching}
        value={other ? 'other' : 'hub'}
        onChange={(value) => {
          setOther(value === 'other')
          if (value === 'hub') setAddress(null)
        }}
      >
        <Radio value="hub" className={css.radio}>
          {t('models.from.hub', { host: HUB_HOST })}
        </Radio>
        <Radio value="other" className={css.radio} data-testid="address-other">
          {t('models.from.own')}
        </Radio>
      </RadioGroup>
      {other && (
        <Form
          className={css.address}
          onSubmit={(event) => {
            event.preventDefault()
            setAddress(typed)
          }}
        >
          <TextField className={css.field} value={typed} onChange={setTyped} isDisabled={fetching}>
            <Label>{t('models.from.label')}</Label>
            <Input className={css.input} spellCheck="false" data-testid="address" />
          </TextField>
          <Button type="submit" className={css.button} isDisabled={fetching} data-testid="address-apply">
            {t('models.from.apply')}
          </Button>
        </Form>
      )}
      <p className={css.small} data-testid="network">
        {t('models.from.network', { host: new URL(base.address).host })}
      </p>
    </section>
  )
}
