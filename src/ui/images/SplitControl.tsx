/** How pictures are divided: by their folders or by chance, in which shares, with how many shots; and what comes of it. */
import { useState } from 'react'
import { useStore } from 'zustand'
import { SPLITS, type Split } from '../../data/task'
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { resplit } from '../../state/images'
import { imagesStore } from '../../state/images-store'
import { isActive, runStore } from '../../state/run'
import css from './Images.module.css'
import { Thumb } from './Thumb'

/** Pictures shown of each split. */
const THUMBS = 5

export function SplitControl() {
  const rule = useStore(imagesStore, (s) => s.arrangement?.split)
  const given = useStore(imagesStore, (s) => s.album?.given)
  const locked = useStore(runStore, (s) => isActive(s.status))
  if (!rule) return null
  return (
    <section aria-labelledby="split-heading">
      <h2 id="split-heading" className={css.heading}>
        {t('split.heading')}
      </h2>
      <fieldset className={css.fields} disabled={locked}>
        {SPLITS.some((split) => has(given, split)) && (
          <label className={css.wide}>
            {t('split.from')}
            <select
              value={rule.from}
              onChange={({ target }) => resplit({ from: target.value === 'given' ? 'given' : 'chance' })}
              data-testid="split-from"
            >
              <option value="given">{t('split.given')}</option>
              <option value="chance">{t('split.chance')}</option>
            </select>
          </label>
        )}
        {SHARES.map((name) => (
          <Share key={name} name={name} value={rule[name]} fromFolders={rule.from === 'given' && has(given, name)} />
        ))}
        <Whole name="seed" value={rule.seed} onCommit={(seed) => seed !== null && resplit({ seed })} />
        <Whole
          name="shots"
          value={rule.shots}
          placeholder={t('split.shots.all')}
          onCommit={(shots) => resplit({ shots: shots === 0 ? null : shots })}
        />
        <label className={css.tick}>
          <input
            type="checkbox"
            checked={rule.together}
            onChange={({ target }) => resplit({ together: target.checked })}
            data-testid="split-together"
          />
          {t('split.together')}
        </label>
      </fieldset>
      <p className={css.about}>{t('split.shots.about')}</p>
      <ul className={css.splits} aria-label={t('split.counts')}>
        {SPLITS.map((split) => (
          <Division key={split} split={split} />
        ))}
      </ul>
    </section>
  )
}

const SHARES = ['val', 'test'] as const

/** Whether the folders say which pictures are in a split. */
const has = (given: Uint8Array | undefined, split: Split): boolean => given?.includes(SPLITS.indexOf(split)) ?? false

interface ShareProps {
  readonly name: (typeof SHARES)[number]
  readonly value: number
  readonly fromFolders: boolean
}

/** A share in percent; none to choose where the folders have decided. */
function Share({ name, value, fromFolders }: ShareProps) {
  if (fromFolders) return null
  return (
    <label>
      {t(`split.${name}`)}
      <select
        value={Math.round(100 * value)}
        onChange={({ target }) => resplit({ [name]: Number(target.value) / 100 })}
        data-testid={`split-${name}`}
      >
        {[...new Set([10, 15, 20, 25, 30, 40, Math.round(100 * value)])]
          .sort((a, b) => a - b)
          .map((percent) => (
            <option key={percent} value={percent}>
              {percent} %
            </option>
          ))}
      </select>
    </label>
  )
}

interface WholeProps {
  readonly name: 'seed' | 'shots'
  readonly value: number | null
  readonly placeholder?: string
  readonly onCommit: (value: number | null) => void
}

function Whole({ name, value, placeholder, onCommit }: WholeProps) {
  const shown = value === null ? '' : String(value)
  const [typed, setTyped] = useState<{ readonly of: string; readonly text: string } | null>(null)
  // What was typed counts until another value stands.
  const text = typed?.of === shown ? typed.text : shown
  function commit() {
    const number = text.trim() === '' ? null : Number(text)
    const sound = number === null || (Number.isInteger(number) && number >= 0 && number < 2 ** 31)
    if (sound && number !== value) onCommit(number)
    setTyped(null)
  }
  return (
    <label>
      {t(`split.${name}`)}
      <input
        inputMode="numeric"
        value={text}
        placeholder={placeholder}
        onChange={({ target }) => setTyped({ of: shown, text: target.value })}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
        data-testid={`split-${name}`}
      />
    </label>
  )
}

function Division({ split }: { readonly split: Split }) {
  const arranged = useStore(imagesStore, (s) => s.arranged)
  if (!arranged) return null
  const s = SPLITS.indexOf(split)
  const members: number[] = []
  arranged.splits.forEach((one, image) => one === s && members.push(image))
  const step = Math.max(1, Math.floor(members.length / THUMBS))
  const some = Array.from({ length: Math.min(THUMBS, members.length) }, (_, i) => members[i * step]!)
  return (
    <li data-testid={`division-${split}`} data-count={members.length}>
      <span className={css.splitName}>
        {t(`classes.${split}`)} <b>{count(members.length)}</b>
      </span>
      <span className={css.strip} role="img" aria-label={t('split.thumbs', { split: t(`classes.${split}`) })}>
        {some.map((image) => (
          <Thumb key={image} image={image} />
        ))}
      </span>
    </li>
  )
}
