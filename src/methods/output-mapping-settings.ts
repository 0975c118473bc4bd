/** Which of a frozen model's outputs stand for the classes of a task, as plain data. What each kind does: output-mapping.ts. */
import { z } from 'zod'

/** Found anew after so many epochs, with the prompt as it is then; ILM-VP's `--mapping-interval`, 1 unless said. */
const interval = z.int().positive().optional()

const hardCoded = [
  /** Class c is output c; of a CLIP, its name in the first of the 81 templates. */
  z.strictObject({ kind: z.literal('first') }),
  /** Drawn by the seed, each output once (RLM of Chen et al. 2023, experiments/cnn/rlm_vp.py). */
  z.strictObject({ kind: z.literal('random') }),
  /** For each class, by its folder, the label of an output or its number. */
  z.strictObject({
    kind: z.literal('chosen'),
    outputs: z.record(z.string(), z.union([z.string(), z.int().min(0)])),
  }),
  /** Class c takes what stands for class c + 1: the next first output, or of a CLIP the text of the next class. */
  z.strictObject({ kind: z.literal('swapped') }),
] as const

const counted = [
  /** FLM: by frequency, once, with the prompt as it begins. `perClass` outputs are averaged; 1 unless said. */
  z.strictObject({ kind: z.literal('frequency'), perClass: z.int().positive().optional() }),
  /** BLM and BLM+, anew at every epoch as their code does. */
  z.strictObject({ kind: z.literal('bayesian'), interval }),
  z.strictObject({ kind: z.literal('bayesian-plus'), interval }),
] as const

/** Of a method that has no prompt: nothing there changes from epoch to epoch. */
export const promptlessMappingSchema = z.discriminatedUnion('kind', [...hardCoded, ...counted])

export const outputMappingSchema = z.discriminatedUnion('kind', [
  ...hardCoded,
  ...counted,
  /** ILM: by frequency, anew at every epoch. */
  z.strictObject({ kind: z.literal('iterative'), perClass: z.int().positive().optional(), interval }),
  /** AutoVP's FullyMap: weights and bias on all outputs, learned with the prompt. `rate`: of their steps, at its peak. */
  z.strictObject({ kind: z.literal('linear'), rate: z.number().positive().optional() }),
])
export type OutputMappingSettings = z.infer<typeof outputMappingSchema>

/** Of Adam: that of AutoVP's runs on vision models and of most linear layers. */
export const LINEAR_RATE = 1e-3
