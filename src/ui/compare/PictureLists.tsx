/** The four lists, fixed, broken, right in both and wrong in both, or the images of one cell: each with truth and both answers. */
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { useStore } from 'zustand'
import { count, percent } from '../../i18n/format'
import { taskTitle } from '../../i18n/names'
import { t } from '../../i18n/t'
import { OUTCOMES } from '../../evaluation/comparison'
import { compareStore, pick, select, selectedImages, type Compared, type Selection } from '../../state/compare'
import { PictureShelf } from '../../state/compare-pictures'
import { taskStore } from '../../state/task'
import { Choice } from '../common/Choice'
import { Picture } from '../visuals/Picture'
import { VirtualGrid } from '../visuals/VirtualGrid'
import { Closeup } from './Closeup'
import css from './Compare.module.css'
import type { Titles } from './CompareNumbers'

interface ListsProps {
  readonly compared: Compared
  readonly titles: Titles
  /** Of the classes. */
  readonly names: readonly string[]
}

const HEADING = 'compare-lists'
const CELL = { width: 132, height: 196, gap: 14 }

/** Brings the lists into sight, and the keyboard with them. */
export function goToLists(): void {
  document.getElementById(HEADING)?.focus()
}

export function PictureLists(props: ListsProps) {
  const { fingerprint } = props.compared.before.task
  const here = useStore(taskStore, (s) => s.info?.fingerprint === fingerprint)
  // Pictures are asked for anew when their images come or go.
  return <Lists key={String(here)} {...props} here={here} />
}

function Lists({ compared, titles, names, here }: ListsProps & { readonly here: boolean }) {
  const selection = useStore(compareStore, (s) => s.selection)
  const picked = useStore(compareStore, (s) => s.picked)
  const { fingerprint } = compared.before.task
  const shelf = useMemo(() => new PictureShelf(fingerprint, compared.split), [fingerprint, compared.split])
  const images = selectedImages(compared, selection)
  return (
    <section aria-labelledby={HEADING}>
      <h3 id={HEADING} className={css.title} tabIndex={-1}>
        {t('compare.lists')}
      </h3>
      <ListChooser compared={compared} selection={selection} names={names} titles={titles} />
      {!here && <p className={css.about}>{t('compare.notHere', { title: taskTitle(compared.before.task) })}</p>}
      {images.length === 0 ? (
        <p className={css.about}>{t('compare.list.none')}</p>
      ) : (
        <div className={css.lists} data-closeup={picked !== null}>
          <VirtualGrid
            key={JSON.stringify(selection)}
            label={t('compare.list.label', { count: images.length })}
            count={images.length}
            cell={CELL}
            height={`${CELL.height * 2.5}px`}
            optionOf={(i) => ({ title: answersInWords(compared, images[i]!, names), className: css.card })}
            isSelected={(i) => images[i] === picked}
            onPick={(i) => pick(images[i] === picked ? null : images[i]!)}
            render={(i) => <Cell compared={compared} shelf={shelf} at={images[i]!} names={names} />}
          />
          {picked !== null && <Closeup compared={compared} shelf={shelf} at={picked} titles={titles} names={names} />}
        </div>
      )}
    </section>
  )
}

function ListChooser({ compared, selection, names, titles }: ListsProps & { readonly selection: Selection }) {
  const cell = selection.kind === 'cell' ? selection : null
  return (
    <div className={css.chooser}>
      <Choice
        aria-label={t('compare.lists')}
        className={css.tabs}
        of={OUTCOMES}
        chosen={selection.kind === 'outcome' ? selection.outcome : null}
        onChoose={(outcome) => select({ kind: 'outcome', outcome })}
        titleOf={(outcome) => (
          <>
            {t(`compare.list.${outcome}`)} <span>{count(compared.report.outcomes[outcome].length)}</span>
          </>
        )}
        testId="list"
      />
      {cell && (
        <p className={css.about} data-testid="list-cell">
          {t('compare.list.cell', {
            ...{ side: titles[cell.side], truth: names[cell.truth]!, predicted: names[cell.predicted]! },
            count: count(compared.report[cell.side].confusion[cell.truth * names.length + cell.predicted]!),
          })}
        </p>
      )}
    </div>
  )
}

/** "three objects; before: four objects, 61 %, wrong; ..." */
function answersInWords({ answers, labels, paths }: Compared, at: number, names: readonly string[]): string {
  const side = ({ top1, confidence }: Compared['answers']['before']) =>
    t('compare.picture.answer', {
      name: names[top1[at]!]!,
      share: percent(confidence[at]!, 0),
      verdict: t(top1[at] === labels[at] ? 'verdict.right' : 'verdict.wrong'),
    })
  return t('compare.picture', {
    ...{ truth: names[labels[at]!]!, path: paths[at]! },
    ...{ before: side(answers.before), after: side(answers.after) },
  })
}

interface CellProps {
  readonly compared: Compared
  readonly shelf: PictureShelf
  readonly at: number
  readonly names: readonly string[]
}

/** The picture once it has come. */
export function usePicture(shelf: PictureShelf, index: number) {
  useEffect(() => shelf.want(index), [shelf, index])
  return useSyncExternalStore(shelf.subscribe, () => shelf.get(index))
}

function Cell({ compared, shelf, at, names }: CellProps) {
  const picture = usePicture(shelf, compared.indices[at]!)
  const { answers, labels } = compared
  return (
    <span className={css.cell}>
      <Picture pixels={picture?.pixels ?? null} />
      <span className={css.truth}>{names[labels[at]!]}</span>
      {[answers.before, answers.after].map(({ top1, confidence }, side) => {
        const right = top1[at] === labels[at]
        return (
          <span key={side} className={css.answer} data-right={right}>
            <span>
              {right ? '✓' : '✗'} {names[top1[at]!]}
            </span>
            <span>{percent(confidence[at]!, 0)}</span>
          </span>
        )
      })}
    </span>
  )
}
