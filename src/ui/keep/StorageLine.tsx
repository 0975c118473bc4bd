/** What is kept, and how much, in one line; and what that means where the browser keeps nothing. */
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { bytes, count } from '../../i18n/format'
import { t } from '../../i18n/t'
import { lab } from '../../state/connection'
import { keptRunsStore } from '../../state/kept-runs'
import css from './keep.module.css'

export function StorageLine() {
  const runs = useStore(keptRunsStore, (s) => s.records.length)
  const lasting = useStore(keptRunsStore, (s) => s.lasting)
  const read = useStore(keptRunsStore, (s) => s.read)
  const [used, setUsed] = useState<number | null>(null)
  useEffect(() => {
    let wanted = true
    const show = async () => {
      const { usedBytes } = await lab().call('runs', {})
      if (wanted) setUsed(usedBytes)
    }
    if (read) void show().catch(() => undefined)
    return () => {
      wanted = false
    }
  }, [read, runs])
  if (!read) return null
  return (
    <p className={css.storage} data-testid="storage" data-lasting={lasting}>
      {lasting ? t('keep.storage', { runs: count(runs) }) : t('keep.storage.page', { runs: count(runs) })}
      {lasting && used !== null && ` ${t('keep.storage.used', { used: bytes(used) })}`}
    </p>
  )
}
