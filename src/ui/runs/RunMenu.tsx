/** What can be done with a run: compare, name, repeat over seeds, measure elsewhere, remove. What cannot be done now says why. */
import { useState } from 'react'
import {
  Button,
  Dialog,
  Heading,
  Input,
  Label,
  Menu,
  MenuItem,
  MenuTrigger,
  Modal,
  ModalOverlay,
  NumberField,
  Popover,
  Text,
} from 'react-aria-components'
import { t } from '../../i18n/t'
import type { RunRecord } from '../../records/run-record'
import { runName } from '../../state/comparison-sides'
import { removeRun } from '../../state/kept-runs'
import { openExport } from '../../state/portable'
import { MOST_SEEDS, repeatRun, seedsFrom, transferRun, whyNotRepeat, whyNotTransfer } from '../../state/repeats'
import { openView, setQuery } from '../../state/route'
import { canGoOn, goOn, openKept, whyNotOpen } from '../../state/runs'
import css from './Runs.module.css'

interface RunMenuProps {
  readonly record: RunRecord
  readonly onRename: () => void
}

interface Item {
  readonly id: 'open' | 'goOn' | 'compare' | 'rename' | 'repeat' | 'transfer' | 'export' | 'remove'
  readonly why: string | null
  readonly run: () => void
}

export function RunMenu({ record, onRename }: RunMenuProps) {
  const [repeating, setRepeating] = useState(false)
  const items = (): readonly Item[] => [
    { id: 'open', why: whyNotOpen(), run: () => void openKept(record).then((shown) => shown && openView('learn')) },
    ...(canGoOn(record) ? [{ id: 'goOn', why: whyNotOpen(), run: () => goOnHere(record) } as const] : []),
    {
      id: 'compare',
      why: record.best || record.outcome ? null : t('runs.needs.border'),
      run: () => {
        openView('compare')
        setQuery({ a: record.id, b: null, split: record.outcome ? null : 'val' })
      },
    },
    { id: 'rename', why: null, run: onRename },
    { id: 'repeat', why: whyNotRepeat(record), run: () => setRepeating(true) },
    { id: 'transfer', why: whyNotTransfer(record), run: () => void transferRun(record) },
    { id: 'export', why: null, run: () => openExport(record) },
    { id: 'remove', why: null, run: () => void removeRun(record) },
  ]
  return (
    <>
      <MenuTrigger>
        <Button
          className={css.menuButton}
          aria-label={t('runs.menu', { name: runName(record) })}
          data-testid="run-menu"
        >
          ⋯
        </Button>
        <Popover className={css.popover} placement="bottom end">
          <Items items={items} />
        </Popover>
      </MenuTrigger>
      {repeating && <Repeat record={record} onClose={() => setRepeating(false)} />}
    </>
  )
}

function goOnHere(record: RunRecord): void {
  openView('learn')
  void goOn(record)
}

/** Asked when the menu opens: what stands in the way changes with what is loaded. */
function Items({ items }: { readonly items: () => readonly Item[] }) {
  const all = items()
  return (
    <Menu
      className={css.menu}
      onAction={(key) => all.find(({ id }) => id === key)?.run()}
      disabledKeys={all.filter(({ why }) => why !== null).map(({ id }) => id)}
    >
      {all.map(({ id, why }) => (
        <MenuItem key={id} id={id} className={css.menuItem} textValue={t(`runs.do.${id}`)} data-testid={`run-${id}`}>
          <Text slot="label">{t(`runs.do.${id}`)}</Text>
          {why && (
            <Text slot="description" className={css.sub}>
              {why}
            </Text>
          )}
        </MenuItem>
      ))}
    </Menu>
  )
}

function Repeat({ record, onClose }: { readonly record: RunRecord; readonly onClose: () => void }) {
  const [seeds, setSeeds] = useState(3)
  const all = seedsFrom(record, Number.isFinite(seeds) ? seeds : 1)
  return (
    <ModalOverlay className={css.overlay} isOpen isDismissable onOpenChange={onClose}>
      <Modal className={css.modal}>
        <Dialog className={css.dialog} data-testid="repeat-dialog">
          <Heading slot="title">{t('runs.repeat.title')}</Heading>
          <p>{t('runs.repeat.about')}</p>
          <NumberField
            className={css.seeds}
            value={seeds}
            onChange={setSeeds}
            minValue={2}
            maxValue={MOST_SEEDS}
            formatOptions={{ maximumFractionDigits: 0 }}
          >
            <Label>{t('runs.repeat.count')}</Label>
            <Input data-testid="repeat-count" />
          </NumberField>
          <p className={css.sub}>{t('runs.repeat.seeds', { seeds: all.join(', ') })}</p>
          <div className={css.buttons}>
            <Button
              className={css.quiet}
              onPress={() => {
                void repeatRun(record, all)
                onClose()
              }}
              data-testid="repeat-start"
            >
              {t('runs.repeat.start')}
            </Button>
            <Button className={css.quiet} onPress={onClose}>
              {t('runs.repeat.cancel')}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
