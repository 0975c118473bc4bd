/** What the grid shows: a class, a split, what the last run got right or wrong. */
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { show } from '../../state/images'
import { imagesStore, type PictureFilter } from '../../state/images-store'
import css from './Images.module.css'

const NOTHING = [] as const

export function PictureFilters({ verdicts }: { readonly verdicts: boolean }) {
  const filter = useStore(imagesStore, (s) => s.filter)
  const classes = useStore(imagesStore, (s) => s.arrangement?.classes ?? NOTHING)
  const loose = useStore(imagesStore, (s) => (s.arranged?.unlabelled.length ?? 0) > 0)
  return (
    <div className={css.filters}>
      <label>
        {t('grid.filter.class')}
        <select
          value={filter.label ?? ''}
          onChange={({ target }) => show({ label: target.value || null })}
          data-testid="filter-class"
        >
          <option value="">{t('grid.all')}</option>
          {loose && <option value="none">{t('grid.noClass')}</option>}
          {classes.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('grid.filter.split')}
        <select
          value={filter.split ?? ''}
          onChange={({ target }) => show({ split: (target.value || null) as PictureFilter['split'] })}
          data-testid="filter-split"
        >
          <option value="">{t('grid.all')}</option>
          {(['train', 'val', 'test'] as const).map((split) => (
            <option key={split} value={split}>
              {t(`classes.${split}`)}
            </option>
          ))}
          <option value="out">{t('grid.out')}</option>
        </select>
      </label>
      {verdicts && (
        <label>
          {t('grid.filter.verdict')}
          <select
            value={filter.verdict ?? ''}
            onChange={({ target }) => show({ verdict: (target.value || null) as PictureFilter['verdict'] })}
            data-testid="filter-verdict"
          >
            <option value="">{t('grid.all')}</option>
            <option value="right">{t('grid.right')}</option>
            <option value="wrong">{t('grid.wrong')}</option>
          </select>
        </label>
      )}
    </div>
  )
}
