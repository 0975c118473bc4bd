/** Takes a comparison along: a report, and its figures. */
import { useState } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover, Text } from 'react-aria-components'
import { t } from '../../i18n/t'
import type { RunRecord } from '../../records/run-record'
import { PAPERS, whyNotWritten, write, type Paper, type WrittenFile } from '../../state/papers'
import { troubleOf, type Trouble } from '../../state/trouble'
import { Alert } from '../common/Alert'
import { saveFile } from '../common/saveFile'
import { svgToPng } from '../common/svgToPng'
import css from './Runs.module.css'

type Format = 'SVG' | 'PNG'

interface Choice {
  readonly id: string
  readonly paper: Paper
  readonly format: Format | null
}

const CHOICES: readonly Choice[] = PAPERS.flatMap((paper): Choice[] =>
  paper === 'report'
    ? [{ id: paper, paper, format: null }]
    : (['SVG', 'PNG'] as const).map((format) => ({
        id: format === 'SVG' ? paper : `${paper}-png`,
        paper,
        format,
      })),
)

async function save({ name, type, text }: WrittenFile, format: Format | null): Promise<void> {
  if (format !== 'PNG') return saveFile(name, type, text)
  saveFile(name.replace(/svg$/, 'png'), 'image/png', await svgToPng(text))
}

export function Papers({ records }: { readonly records: readonly RunRecord[] }) {
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const take = async ({ paper, format }: Choice) => {
    setTrouble(null)
    try {
      for (const file of await write(paper, records)) await save(file, format)
    } catch (error) {
      setTrouble(troubleOf(error))
    }
  }
  return (
    <div>
      <MenuTrigger>
        <Button className={css.quiet} data-testid="papers">
          {t('papers.take')}
        </Button>
        <Popover className={css.popover} placement="bottom start">
          <Choices records={records} onTake={(choice) => void take(choice)} />
        </Popover>
      </MenuTrigger>
      {trouble && <Alert trouble={trouble} onDismiss={() => setTrouble(null)} />}
    </div>
  )
}

interface ChoicesProps {
  readonly records: readonly RunRecord[]
  readonly onTake: (choice: Choice) => void
}

/** Asked when the menu opens: test may have closed since. */
function Choices({ records, onTake }: ChoicesProps) {
  const all = CHOICES.map((choice) => ({ ...choice, why: whyNotWritten(choice.paper, records) }))
  return (
    <Menu
      className={css.menu}
      onAction={(key) => {
        const chosen = CHOICES.find(({ id }) => id === key)
        if (chosen) onTake(chosen)
      }}
      disabledKeys={all.filter(({ why }) => why !== null).map(({ id }) => id)}
    >
      {all.map(({ id, paper, format, why }) => {
        const title = t(`papers.${paper}`, { format: format ?? '' })
        return (
          <MenuItem key={id} id={id} className={css.menuItem} textValue={title} data-testid={`paper-${id}`}>
            <Text slot="label">{title}</Text>
            {why && (
              <Text slot="description" className={css.sub}>
                {why}
              </Text>
            )}
          </MenuItem>
        )
      })}
    </Menu>
  )
}
