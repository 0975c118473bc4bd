/** Takes a comparison along: a report, and its figures. */
import { useState } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover, Text } from 'react-aria-components'
import { t } from '../../i18n/t'
import type { RunRecord } from '../../records/run-record'
import { PAPERS, whyNotWritten, write, type Paper } from '../../state/papers'
import { troubleOf, type Trouble } from '../../state/trouble'
import { Alert } from '../common/Alert'
import { saveFile } from '../common/saveFile'
import css from './Runs.module.css'

export function Papers({ records }: { readonly records: readonly RunRecord[] }) {
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const take = async (paper: Paper) => {
    setTrouble(null)
    try {
      for (const { name, type, text } of await write(paper, records)) saveFile(name, type, text)
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
          <Choices records={records} onTake={(paper) => void take(paper)} />
        </Popover>
      </MenuTrigger>
      {trouble && <Alert trouble={trouble} onDismiss={() => setTrouble(null)} />}
    </div>
  )
}

interface ChoicesProps {
  readonly records: readonly RunRecord[]
  readonly onTake: (paper: Paper) => void
}

/** Asked when the menu opens: test may have closed since. */
function Choices({ records, onTake }: ChoicesProps) {
  const all = PAPERS.map((paper) => ({ paper, why: whyNotWritten(paper, records) }))
  return (
    <Menu
      className={css.menu}
      onAction={(key) => {
        const chosen = all.find(({ paper }) => paper === key)
        if (chosen) onTake(chosen.paper)
      }}
      disabledKeys={all.filter(({ why }) => why !== null).map(({ paper }) => paper)}
    >
      {all.map(({ paper, why }) => (
        <MenuItem
          key={paper}
          id={paper}
          className={css.menuItem}
          textValue={t(`papers.${paper}`)}
          data-testid={`paper-${paper}`}
        >
          <Text slot="label">{t(`papers.${paper}`)}</Text>
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
