/** Runs out to files and in from them. */
import { createStore } from 'zustand/vanilla'
import type { RunCommand } from '../formats/command-line'
import { t } from '../i18n/t'
import type { ExportedFile, ExportKind } from '../lab/protocol-runs'
import type { RunRecord } from '../records/run-record'
import type { Sentence } from '../sentence'
import { announce } from './announce'
import { lab } from './connection'
import { refreshRuns } from './kept-runs'
import { isActive, runStore } from './run'
import { troubleOf, type Trouble } from './trouble'

export interface Brought {
  readonly name: string
  readonly runs: number
  readonly warnings: readonly Sentence[]
}

export interface PortableState {
  /** The run whose files are offered. */
  readonly exporting: RunRecord | null
  /** A file is being written or read. */
  readonly busy: ExportKind | 'import' | null
  /** What came in last, and what of it could not be read. */
  readonly brought: Brought | null
  readonly trouble: Trouble | null
}

export const initialPortable: PortableState = { exporting: null, busy: null, brought: null, trouble: null }
export const portableStore = createStore<PortableState>(() => initialPortable)

export const openExport = (record: RunRecord): void => portableStore.setState({ exporting: record, trouble: null })
export const closeExport = (): void => portableStore.setState({ exporting: null, trouble: null })
export const dismissImport = (): void => portableStore.setState({ brought: null, trouble: null })

/** The file, or null where it could not be made; why is kept as trouble. */
export async function writeFile(
  records: readonly RunRecord[],
  kind: ExportKind,
  { withImages = false } = {},
): Promise<ExportedFile | null> {
  portableStore.setState({ busy: kind, trouble: null })
  try {
    const file = await lab().call('exportFile', { ids: records.map(({ id }) => id), kind, withImages })
    announce(t('keep.exported', { name: file.name }))
    return file
  } catch (error) {
    portableStore.setState({ trouble: troubleOf(error) })
    return null
  } finally {
    portableStore.setState({ busy: null })
  }
}

/** The same run on the command line; null where there is none, or the lab cannot tell. */
export const commandOf = async ({ id }: RunRecord): Promise<RunCommand | null> =>
  lab()
    .call('commandOf', { id })
    .then(
      ({ made }) => made,
      () => null,
    )

/** A project, or a border, which is measured on what is loaded. */
export async function readFile(file: File): Promise<void> {
  if (isActive(runStore.getState().status)) {
    return portableStore.setState({ trouble: { message: t('runs.busy'), remedy: t('keep.import.busy') } })
  }
  portableStore.setState({ busy: 'import', brought: null, trouble: null })
  try {
    const { records, warnings } = await lab().call('importFile', { name: file.name, file })
    portableStore.setState({ brought: { name: file.name, runs: records.length, warnings } })
    announce(t('keep.imported', { name: file.name, count: records.length }))
  } catch (error) {
    portableStore.setState({ trouble: troubleOf(error) })
  } finally {
    portableStore.setState({ busy: null })
    runStore.setState(({ status }) => ({ busy: false, status: status === 'starting' ? 'idle' : status }))
  }
  await refreshRuns()
}
