/** For a classifier: which of its outputs stand for the classes. What they are chosen with is fetched when it is needed. */
import { Suspense, useState } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { forgetOutputs, outputsOf, outputsStore } from '../../state/outputs'
import { isActive, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import { taskStore } from '../../state/task'
import { fetched } from '../common/fetched'
import css from './Outputs.module.css'

const OutputChoice = fetched(async () => (await import('./OutputChoice')).OutputChoice)

export function Outputs() {
  const model = useStore(sessionStore, (s) => s.model)
  const info = useStore(taskStore, (s) => s.info)
  const state = useStore(outputsStore)
  const locked = useStore(runStore, (s) => isActive(s.status))
  const [isOpen, setOpen] = useState(false)
  const labels = model?.labels
  // A task of more classes than outputs is refused when it is started, in a sentence.
  if (!labels || !info || info.classes.length > labels.length) return null
  const outputs = outputsOf(state, info.classes.length, model.sha256)
  const isFirst = outputs.every((output, i) => output === i)
  return (
    <section aria-labelledby="outputs-heading" className={css.section} data-testid="outputs">
      <h2 id="outputs-heading" className={css.heading}>
        {t('outputs.heading')}
      </h2>
      <p className={css.about}>{t('outputs.about', { count: count(labels.length) })}</p>
      <p className={css.summary}>
        <span data-testid="outputs-summary">
          {t(isFirst ? 'outputs.first' : 'outputs.chosen', { count: count(outputs.length) })}:{' '}
          {outputs.map((output) => labels[output]).join(', ')}
        </span>
        <Button
          className={css.link}
          aria-expanded={isOpen}
          onPress={() => setOpen(!isOpen)}
          data-testid="outputs-choose"
        >
          {t(isOpen ? 'outputs.close' : 'outputs.choose')}
        </Button>
        {!isFirst && (
          <Button className={css.link} isDisabled={locked} onPress={forgetOutputs} data-testid="outputs-first">
            {t('outputs.reset')}
          </Button>
        )}
      </p>
      {isOpen && (
        <Suspense>
          <ul className={css.rows}>
            {info.classes.map(({ folder, name }, index) => (
              <li key={folder}>
                <OutputChoice
                  {...{ labels, name, index, isDisabled: locked }}
                  classes={outputs.length}
                  chosen={outputs[index]!}
                />
              </li>
            ))}
          </ul>
        </Suspense>
      )}
    </section>
  )
}
