/** The template that class names are put into: written, or taken from the papers. */
import { useState } from 'react'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { retemplate } from '../../state/images'
import { imagesStore } from '../../state/images-store'
import { isActive, runStore } from '../../state/run'
import { sessionStore } from '../../state/session'
import css from './Images.module.css'
import { TEMPLATES } from './templates'

export function TemplateEditor() {
  const template = useStore(imagesStore, (s) => s.arrangement?.template)
  const reads = useStore(sessionStore, (s) => s.model?.kind !== 'classifier')
  if (template === undefined || !reads) return null
  return <Editor key={template} template={template} />
}

function Editor({ template }: { readonly template: string }) {
  const locked = useStore(runStore, (s) => isActive(s.status))
  const [text, setText] = useState(template)
  return (
    <section aria-labelledby="template-heading">
      <h2 id="template-heading" className={css.heading}>
        {t('template.heading')}
      </h2>
      <p className={css.about}>{t('template.about')}</p>
      <div className={css.fields}>
        <label className={css.wide}>
          {t('template.label')}
          <input
            value={text}
            disabled={locked}
            onChange={(event) => setText(event.target.value)}
            onBlur={() => retemplate(text)}
            onKeyDown={(event) => event.key === 'Enter' && retemplate(text)}
            data-testid="template"
          />
        </label>
        <label className={css.wide}>
          {t('template.presets')}
          <select
            value={TEMPLATES.some((one) => one.template === template) ? template : ''}
            disabled={locked}
            onChange={(event) => event.target.value && retemplate(event.target.value)}
            data-testid="template-preset"
          >
            <option value="">{t('template.preset.own')}</option>
            {TEMPLATES.map(({ template: one, of }) => (
              <option key={one} value={one}>
                {one} ({of})
              </option>
            ))}
          </select>
        </label>
      </div>
    </section>
  )
}
