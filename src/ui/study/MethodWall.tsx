/** The methods as labels on a wall, family by family: each with one sentence that says what it is, and what it takes here. */
import { Checkbox } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { sessionStore } from '../../state/session'
import { chooseMethods, whyNot } from '../../state/study'
import { isStudying, studyStore } from '../../state/study-store'
import { ALWAYS, FAMILIES, OFFERED, type Family, type Offered } from '../../study/offered'
import { secondsText } from './secondsText'
import css from './Study.module.css'

const rows: readonly Offered[] = OFFERED

export function MethodWall() {
  return (
    <div className={css.wall} role="group" aria-label={t('study.methods')} data-testid="study-methods">
      {FAMILIES.map((family) => (
        <FamilyOf key={family} family={family} />
      ))}
    </div>
  )
}

function FamilyOf({ family }: { readonly family: Family }) {
  const chosen = useStore(studyStore, (s) => s.chosen)
  const studying = useStore(studyStore, isStudying)
  // What cannot be had follows from the model.
  useStore(sessionStore, (s) => s.model)
  const own = rows.filter((row) => row.family === family)
  const free = own.filter((row) => row.id !== ALWAYS && whyNot(row) === null)
  const ticked = free.filter(({ id }) => chosen?.includes(id))
  const heading = `study-family-${family}`
  return (
    <section className={css.family} aria-labelledby={heading}>
      <div className={css.familyTop}>
        <h3 id={heading}>{t(`study.family.${family}`)}</h3>
        <Checkbox
          className={css.all!}
          aria-label={t('study.all', { family: t(`study.family.${family}`) })}
          isDisabled={studying || free.length === 0}
          isSelected={free.length > 0 && ticked.length === free.length}
          isIndeterminate={ticked.length > 0 && ticked.length < free.length}
          onChange={(on) =>
            chooseMethods(
              free.map(({ id }) => id),
              on,
            )
          }
        >
          <span className={css.box} aria-hidden="true" />
        </Checkbox>
      </div>
      <p className={css.note}>{t(`study.family.about.${family}`)}</p>
      {own.map((offered) => (
        <MethodLabel key={offered.id} offered={offered} chosen={chosen?.includes(offered.id) ?? false} />
      ))}
    </section>
  )
}

function MethodLabel({ offered, chosen }: { readonly offered: Offered; readonly chosen: boolean }) {
  const { id, contender } = offered
  const studying = useStore(studyStore, isStudying)
  const pace = useStore(studyStore, (s) => s.report?.paces[contender.label])
  const why = whyNot(offered)
  const about = `study-about-${id}`
  return (
    <div className={css.label}>
      <Checkbox
        className={css.tick!}
        isSelected={why === null && (id === ALWAYS || chosen)}
        isDisabled={studying || why !== null || id === ALWAYS}
        onChange={(on) => chooseMethods([id], on)}
        aria-describedby={about}
        data-testid={`method-${id}`}
      >
        <span className={css.box} aria-hidden="true" />
        <span className={css.labelName}>{t(`study.method.${id}`)}</span>
        {pace !== undefined && <span className={css.pace}>{t('study.pace', { time: secondsText(pace) })}</span>}
      </Checkbox>
      <p id={about} className={css.labelAbout}>
        {why ?? t(`study.about.${id}`)}
      </p>
    </div>
  )
}
