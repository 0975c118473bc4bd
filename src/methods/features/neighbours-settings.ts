/** Settings of nearest mean and of k nearest neighbours as plain data. */
import { z } from 'zod'

export const nearestMeanSettingsSchema = z.strictObject({
  method: z.literal('nearest-mean'),
  /** What cosines are multiplied with to be logits; decides probabilities, never answers. */
  scale: z.number().positive(),
})
export type NearestMeanSettings = z.infer<typeof nearestMeanSettingsSchema>

/** 100: the scale of CLIP's own cosines. */
export const nearestMeanDefaults: NearestMeanSettings = { method: 'nearest-mean', scale: 100 }

export const kNearestSettingsSchema = z.strictObject({
  method: z.literal('k-nearest'),
  /** Neighbours that vote, or the best on validation of those below. */
  k: z.union([z.literal('sweep'), z.int().positive()]),
  /** count: one vote each. similarity: exp(cosine / T) each (Wu et al. 2018, section 3.4). */
  vote: z.enum(['count', 'similarity']),
  /** T */
  temperature: z.number().positive(),
})
export type KNearestSettings = z.infer<typeof kNearestSettingsSchema>

/** Tried in a sweep, those of them that there are training pictures for. */
export const SWEPT_K: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200]

/** T of Wu et al. 2018 (and of DINO's evaluation, Caron et al. 2021, which takes k = 20). */
export const kNearestDefaults: KNearestSettings = {
  method: 'k-nearest',
  k: 'sweep',
  vote: 'similarity',
  temperature: 0.07,
}
