/** One class and the output that stands for it: a list of the classifier's labels, searched by name or number. */
import { useMemo, useState } from 'react'
import { ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components'
import { t } from '../../i18n/t'
import { count } from '../../i18n/format'
import { chooseOutput } from '../../state/outputs'
import { cx } from '../common/cx'
import { LISTED, matchingOutputs } from './matchingOutputs'
import css from './Outputs.module.css'

interface OutputChoiceProps {
  readonly labels: readonly string[]
  /** Of the class. */
  readonly name: string
  readonly index: number
  readonly classes: number
  readonly chosen: number
  readonly isDisabled: boolean
}

export function OutputChoice({ labels, name, index, classes, chosen, isDisabled }: OutputChoiceProps) {
  /** What has been typed; null while the label of the chosen output stands there. */
  const [typed, setTyped] = useState<string | null>(null)
  const found = useMemo(() => matchingOutputs(labels, typed ?? ''), [labels, typed])
  const listed = found.slice(0, LISTED)
  // The chosen one is always there, if out of sight and reach: the box says its name when nothing is typed any more.
  const unlisted = listed.includes(chosen) ? [] : [chosen]
  const items = [...listed, ...unlisted].map((id) => ({ id, label: labels[id]! }))
  return (
    <ComboBox
      className={css.row}
      items={items}
      disabledKeys={unlisted}
      selectedKey={chosen}
      inputValue={typed ?? labels[chosen]!}
      onInputChange={(value) => setTyped(value === labels[chosen] ? null : value)}
      onSelectionChange={(key) => {
        setTyped(null)
        if (key !== null) chooseOutput(index, Number(key), classes)
      }}
      onOpenChange={(isOpen) => isOpen || setTyped(null)}
      menuTrigger="focus"
      allowsEmptyCollection
      isDisabled={isDisabled}
      data-testid="output-choice"
    >
      <Label className={css.name}>{name}</Label>
      <Input className={css.input} onFocus={(event) => event.currentTarget.select()} />
      <Popover className={css.popover}>
        {found.length === 0 && <p className={css.none}>{t('outputs.none')}</p>}
        <ListBox className={css.list}>
          {({ id, label }: (typeof items)[number]) => (
            <ListBoxItem
              id={id}
              textValue={label}
              className={cx(css.item, unlisted.includes(id) && css.unlisted)}
              data-testid={`output-${id}`}
            >
              {/* Its name is all that is read here: the number is searched by too. */}
              <span>{label}</span> <span className={css.number}>{id}</span>
            </ListBoxItem>
          )}
        </ListBox>
        {found.length > LISTED && (
          <p className={css.more}>{t('outputs.more', { count: count(found.length - LISTED) })}</p>
        )}
      </Popover>
    </ComboBox>
  )
}
