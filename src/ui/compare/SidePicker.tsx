/** Which answers are compared: two choices among the runs that are kept, zero-shot or with their border, and on which split. */
import { useMemo } from 'react'
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { compareStore, shownSides, type ComparedSplit } from '../../state/compare'
import { formatSide, queryOf, runName, sideTitle, type Side, type Sides } from '../../state/comparison-sides'
import { routeStore, setQuery } from '../../state/route'
import { keptRunsStore } from '../../state/kept-runs'
import { Choice } from '../common/Choice'
import css from './Compare.module.css'

const SPLITS: readonly ComparedSplit[] = ['test', 'val']

export function SidePicker() {
  const records = useStore(keptRunsStore, (s) => s.records)
  const query = useStore(routeStore, (s) => s.query)
  const split = useStore(compareStore, (s) => s.split)
  const sides = shownSides(query, records)
  const options = useMemo(
    () =>
      records
        .filter(({ best, outcome }) => best !== null || outcome !== null)
        .flatMap((record) =>
          (['zeroShot', 'prompted'] as const).map((answers) => {
            const side: Side = { run: record.id, answers }
            return { id: formatSide(side), side, what: sideTitle(side, record, false), run: runName(record) }
          }),
        ),
    [records],
  )
  if (!sides) return null
  const choose = (next: Sides) => setQuery(queryOf(next))
  const chooser = (which: 'before' | 'after') => (
    <Select
      className={css.select}
      selectedKey={formatSide(sides[which])}
      onSelectionChange={(key) => {
        const side = options.find(({ id }) => id === key)?.side
        if (side) choose({ ...sides, [which]: side })
      }}
      data-testid={`choose-${which}`}
    >
      <Label className={css.selectLabel}>{t(`compare.${which}`)}</Label>
      <Button className={css.selectButton}>
        <SelectValue />
        <span aria-hidden="true">▾</span>
      </Button>
      <Popover className={css.popover}>
        <ListBox items={options}>
          {({ id, what, run }) => (
            <ListBoxItem id={id} textValue={`${what}, ${run}`} className={css.option}>
              <span>{what}</span> <span className={css.soft}>{run}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
  return (
    <div className={css.picker}>
      {chooser('before')}
      <Button
        className={css.quiet}
        aria-label={t('compare.swap')}
        onPress={() => choose({ before: sides.after, after: sides.before })}
      >
        ⇄
      </Button>
      {chooser('after')}
      <Choice
        aria-label={t('compare.split')}
        className={css.tabs}
        of={SPLITS}
        chosen={split}
        onChoose={(one) => setQuery({ split: one === 'val' ? 'val' : null })}
        titleOf={(one) => t(`compare.on.${one}`)}
        testId="split"
      />
    </div>
  )
}
