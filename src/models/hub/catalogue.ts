/**
 * The hub models that the program knows by name: data in `catalogue.json`, checked here. A size or hash stands there only
 * where it was published; what is not known is marked so, and asked from the hub before the download (`listing.ts`).
 */
import { z } from 'zod'
import entries from './catalogue.json' with { type: 'json' }

/** No part of a path or name begins with a dot: none leads out of its folder. */
const path = z.string().regex(/^\w[\w.-]*(\/\w[\w.-]*)*$/)
const size = z.int().positive()

const fileSchema = z
  .object({
    /** Inside the model's folder, e.g. "onnx/vision_model.onnx". */
    path,
    /** Length of the file; where `estimated`, about: a byte for each weight, or what such a file has elsewhere. */
    bytes: size,
    estimated: z.boolean().default(false),
    /** Lower-case hex as published; null where the catalogue does not know it. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
  })
  .readonly()

const variantSchema = z
  .object({
    id: z.enum(['fp32', 'fp16', 'int8']),
    vision: fileSchema,
    text: fileSchema,
    /** Whether its gradient is exact enough to learn with; all variants can be looked through. */
    learn: z.boolean(),
  })
  .readonly()

const modelSchema = z
  .object({
    /** "owner/name" on the hub. */
    id: z.string().regex(/^\w[\w.-]*\/\w[\w.-]*$/),
    title: z.string().min(1),
    /** SPDX name of the licence of the weights. */
    licence: z.string().min(1),
    /** Where people read about the model. */
    page: z.url(),
    /** A commit of the hub: its files never change. */
    revision: z.string().regex(/^\w[\w.-]*$/),
    /** S: side of the square input, pixels. */
    imageSize: size,
    /** P: side of a patch, pixels. */
    patchSize: size,
    /** Width and layers of the image encoder. */
    width: size,
    layers: size,
    /** Tokens of the image encoder, class token included: (S/P)^2 + 1. */
    tokens: size,
    /** Of both towers. */
    parameters: size,
    /** Configuration, preprocessing and tokenizer, the same for all variants. */
    files: z.array(fileSchema).readonly(),
    variants: z.array(variantSchema).min(1).readonly(),
  })
  .refine((m) => m.tokens === (m.imageSize / m.patchSize) ** 2 + 1, 'tokens do not fit image and patch')
  .readonly()

export type CatalogueFile = z.infer<typeof fileSchema>
export type CatalogueVariant = z.infer<typeof variantSchema>
export type CatalogueModel = z.infer<typeof modelSchema>

/** @throws ZodError naming the first field that is not as a catalogue has it */
export function parseCatalogue(json: unknown): readonly CatalogueModel[] {
  return z.array(modelSchema).parse(json)
}

/** The catalogue that comes with the program. */
export const catalogue = (): readonly CatalogueModel[] => parseCatalogue(entries)

/** Every file of a variant, the small ones first. */
export function variantFiles(model: CatalogueModel, variant: CatalogueVariant): readonly CatalogueFile[] {
  return [...model.files, variant.vision, variant.text]
}
