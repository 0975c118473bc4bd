/** Commands about runs that are kept: the list, opening, going on, measuring elsewhere, in and out. */
import { UserError } from '../../errors'
import type { RunRecord } from '../../records/run-record'
import { beginBrought, beginGroup, goOnWith } from '../begin'
import { runCommand } from '../../formats/command-line'
import { arrangedAs, exportFile } from '../export'
import type { CommandTable, Holdings } from '../holdings'
import { importFile, importRun } from '../import'
import { broughtArrangement, isAsItCame } from '../import-images'
import { askedOutputs, makeRun, missingFor } from '../make-run'
import type { OpenedRun, RunsCommands } from '../protocol-runs'

export function keptRunCommands(lab: Holdings): CommandTable<keyof RunsCommands> {
  const store = () => lab.runs.store()
  const openId = () => lab.run?.options.keeper?.record.id ?? lab.shown
  return {
    runs: async () => {
      const kept = await store()
      const held = await lab.runs.locks.held()
      return {
        ...(await kept.list()),
        ...{ lasting: kept.lasting, usedBytes: await usedBytes(), atWork: [...held], open: openId() },
      }
    },

    renameRun: async ({ id, name }) => {
      await (await store()).rename(id, name?.trim() || null)
      return {}
    },
    pinRun: async ({ id, pinned }) => {
      await (await store()).pin(id, pinned)
      return {}
    },
    removeRun: async ({ id }) => {
      if ((await lab.runs.locks.held()).has(id)) {
        throw new UserError(
          'This run is being learned.',
          'Stop it, or close the tab that is at work on it, and remove it then.',
        )
      }
      await (await store()).remove(id)
      return {}
    },
    restoreRun: async ({ id }) => {
      await (await store()).restore(id)
      return {}
    },

    openRun: async ({ id }) => open(lab, await lab.runs.need(id)),
    goOn: async ({ id, paused, takeOver }) => {
      const { run } = await goOnWith(lab, await lab.runs.need(id), { paused, takeOver })
      return opened(lab, run.options.keeper!.record)
    },

    predictions: async ({ id, split }) => ({ predictions: await (await store()).part(id, split) }),

    drawnRun: async ({ id }) => {
      const kept = await store()
      return { border: await kept.part(id, 'border'), curves: await kept.part(id, 'curves') }
    },

    runArrangement: async ({ id }) => {
      const { task } = await lab.runs.need(id)
      const album = task.album === null ? null : await (await lab.images.shelf()).album(task.album)
      if (album && isAsItCame(album, task)) return { arrangement: broughtArrangement(task) }
      return { arrangement: await (await store()).arrangement(id) }
    },
    commandOf: async ({ id }) => {
      const record = await lab.runs.need(id)
      return { made: runCommand(record, await arrangedAs(lab, record)) }
    },

    exportRun: async ({ id }) => {
      await lab.runs.need(id)
      return (await (await store()).read(id))!
    },
    importRun: async ({ run }) => ({ record: await importRun(lab, run) }),
    exportFile: ({ ids, kind, withImages }) => exportFile(lab, ids, kind, withImages),
    importFile: ({ name, file }) => importFile(lab, name, file),

    transfer: async ({ id }) => {
      const origin = await lab.runs.need(id)
      const best = (await (await store()).part(id, 'checkpoint'))?.best
      if (!best) throw new UserError('This run has no border yet.', 'Learn it further first.')
      const { recipe, seed, model } = origin
      const { imageSize, std } = model
      const step = best.validation.step
      const brought = { parameters: best.parameters, imageSize, std, step, recipe, seed, origin: id, name: null }
      return { record: await beginBrought(lab, brought) }
    },

    repeat: async ({ recipe, seeds, outputs }) => {
      const run = await beginGroup(lab, { recipe, outputs }, seeds)
      const group = run.options.keeper!.record.group!.id
      return { group, steps: recipe.steps, parameterCount: run.parameterCount, border: run.border }
    },
    dropWaiting: async ({ group }) => {
      const kept = await store()
      const { records } = await kept.list()
      const waiting = records.filter((record) => record.group?.id === group && record.state === 'waiting')
      for (const { id } of waiting) await kept.erase(id)
      return { dropped: waiting.length }
    },
  }
}

/** Of the whole program; null where the browser does not say. */
async function usedBytes(): Promise<number | null> {
  const estimate = await globalThis.navigator?.storage?.estimate?.().catch(() => null)
  return estimate?.usage ?? null
}

/** A run to be looked at and asked; the one before is let go. */
async function open(lab: Holdings, record: RunRecord): Promise<OpenedRun> {
  const elsewhere = (await lab.runs.locks.held()).has(record.id) && lab.run?.options.keeper?.record.id !== record.id
  const missing = missingFor(lab, record)
  if (lab.run?.options.keeper?.record.id === record.id) return opened(lab, lab.run.options.keeper.record)
  await lab.abandonRun()
  lab.shown = record.id
  const standing = await lab.runs.standing(record)
  const checkpoint = standing?.from.checkpoint
  if (missing.length === 0 && standing && checkpoint) {
    const { recipe, seed } = record
    const run = makeRun(lab, { recipe, seed, outputs: askedOutputs(record), paused: true, from: standing.from })
    const reported = record.state === 'finished' || record.state === 'failed'
    const parameters = reported && checkpoint.best ? checkpoint.best.parameters : checkpoint.parameters
    run.show(parameters, record.state === 'finished' ? 'finished' : record.state === 'failed' ? 'failed' : 'paused')
    lab.run = run
  } else {
    // What its way looked like is had without model and images.
    const steps = await (await lab.runs.store()).keyframeSteps(record.id)
    lab.emit({ type: 'kept', steps })
  }
  return { ...(await opened(lab, record)), elsewhere }
}

async function opened(lab: Holdings, record: RunRecord): Promise<OpenedRun> {
  const kept = await lab.runs.store()
  const { id } = record
  return {
    record,
    curves: (await lab.runs.standing(record))?.curves ?? (await kept.part(id, 'curves')),
    border: await kept.part(id, 'border'),
    val: await kept.part(id, 'val'),
    test: await kept.part(id, 'test'),
    missing: missingFor(lab, record),
    elsewhere: false,
  }
}
