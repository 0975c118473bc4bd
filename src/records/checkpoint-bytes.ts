/** A checkpoint, and a border of the way, as bytes and back: every float32 bit for bit, the rest as JSON, checksummed. */
import { z } from 'zod'
import type { Checkpoint } from '../learning/checkpoint'
import type { NamedTensors } from '../methods/method'
import { said } from '../sentence'
import { DamagedError, pack, unpack } from './packed'
import { accuracySchema, type Keyframe } from './run-record'

const word = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
const randomState = z.tuple([word, word, word, word])
const step = z.int().min(0)

const factsSchema = z.strictObject({
  version: z.literal(1),
  step,
  optimiser: z.strictObject({ step }),
  batches: z.strictObject({ epoch: randomState, position: step, shifts: randomState }),
  // Left out where there is none.
  lossScale: z.strictObject({ value: z.number().positive(), good: step }).optional(),
  best: z.strictObject({ step, accuracy: accuracySchema, loss: z.number() }).nullable(),
})

const PARAMETERS = 'parameters/'
const BEST = 'best/'
const SLOT = 'optimiser/'

const under = (prefix: string, tensors: NamedTensors): NamedTensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]))

const within = (prefix: string, tensors: NamedTensors): NamedTensors =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  )

export function packCheckpoint({ version, step, parameters, optimiser, batches, lossScale, best }: Checkpoint) {
  const slots = Object.fromEntries(
    Object.entries(optimiser.slots).flatMap(([slot, set]) => Object.entries(under(`${SLOT}${slot}/`, set))),
  )
  return pack({
    facts: {
      ...{ version, step, optimiser: { step: optimiser.step }, batches, best: best?.validation ?? null },
      ...(lossScale && { lossScale }),
    },
    tensors: { ...under(PARAMETERS, parameters), ...slots, ...under(BEST, best?.parameters ?? {}) },
  })
}

/** @throws DamagedError */
export async function unpackCheckpoint(bytes: unknown): Promise<Checkpoint> {
  const { facts, tensors } = await unpack(bytes)
  const parsed = factsSchema.safeParse(facts)
  if (!parsed.success) throw new DamagedError(said`${z.prettifyError(parsed.error).split('\n')[0]!}`)
  const { best, lossScale = null, optimiser, ...rest } = parsed.data
  const slots: Record<string, NamedTensors> = {}
  const state = within(SLOT, tensors)
  for (const name of new Set(Object.keys(state).map((key) => key.slice(0, key.indexOf('/'))))) {
    slots[name] = within(`${name}/`, state)
  }
  return {
    ...rest,
    lossScale,
    parameters: within(PARAMETERS, tensors),
    optimiser: { step: optimiser.step, slots },
    best: best && { validation: best, parameters: within(BEST, tensors) },
  }
}

export const packKeyframe = ({ step, parameters }: Keyframe) => pack({ facts: { step }, tensors: parameters })

/** @throws DamagedError */
export async function unpackKeyframe(bytes: unknown): Promise<Keyframe> {
  const { facts, tensors } = await unpack(bytes)
  const parsed = z.strictObject({ step }).safeParse(facts)
  if (!parsed.success) throw new DamagedError(said`${z.prettifyError(parsed.error).split('\n')[0]!}`)
  return { step: parsed.data.step, parameters: tensors }
}
