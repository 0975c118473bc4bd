/** Learned words of a study on disk: the files that methods begin from, and those that are left behind. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UserError } from '../errors'
import { readContext, writeContextCheckpoint, writeContextSafetensors } from '../formats/prompts/context-file'
import { sha256 } from '../models/sha256'
import { said } from '../sentence'
import type { GivenContext, StudyContext } from '../study/contexts'
import { correctOf, type Trial } from '../study/trial'

/** @throws UserError where there is no such file, or no context in it */
export async function openContext(path: string): Promise<GivenContext> {
  const bytes = new Uint8Array(
    await readFile(path).catch((cause: unknown) => {
      throw new UserError(said`There is no file "${path}".`, 'Name a context of CoOp or CoCoOp in the study.', {
        cause,
      })
    }),
  )
  const { method, parameters, position } = readContext(basename(path), bytes)
  return { method, parameters, position, sha256: await sha256(bytes) }
}

/** Both files of a trial: for its authors' code, and with all that is known of it. */
export async function keepContext(folder: string, trial: Trial, context: StudyContext): Promise<void> {
  const { chosen, contender, model, seed, steps, task, validationCorrect } = trial
  const name = [task.title, contender.label, `seed ${seed}`].map(plainName).join('-')
  const validation = task.images.val === 0 ? null : (100 * validationCorrect) / task.images.val
  const facts = {
    ...{ model: model.name, modelSha256: model.sha256, dataset: task.title, datasetFingerprint: task.fingerprint },
    ...{ settings: JSON.stringify(contender), seed: String(seed), step: String(chosen.step ?? steps) },
    validationTop1Percent: validation === null ? '' : validation.toFixed(2),
    testTop1Percent: ((100 * correctOf(trial)) / trial.right.length).toFixed(2),
  }
  await mkdir(folder, { recursive: true })
  const epoch = Number(chosen.epoch ?? 0)
  await writeFile(join(folder, `${name}.pth.tar`), writeContextCheckpoint(context, { epoch, validation }))
  await writeFile(join(folder, `${name}.safetensors`), writeContextSafetensors(context, context.position, facts))
}

const plainName = (text: string) => text.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '')
