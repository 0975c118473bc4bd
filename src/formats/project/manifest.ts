/** `manifest.json` of a project file: what is in it, with the digest of every file; and manifests of older programs. */
import { z } from 'zod'
import { UserError } from '../../errors'
import { said } from '../../sentence'

export const FORMAT = 'passepartout.project'
export const PROJECT_VERSION = 1
export const MANIFEST = 'manifest.json'

const fileSchema = z.object({
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** Unknown keys are passed over: a later program of the same version may have more to say. */
const manifestSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(PROJECT_VERSION),
  title: z.string().max(500),
  createdAt: z.string().max(40),
  /** Folders of the runs and of the data, in order. */
  runs: z.array(z.string().max(200)).max(10_000),
  data: z.array(z.string().max(200)).max(1000),
  settings: z.record(z.string(), z.unknown()),
  /** Every file of the zip besides this one. */
  files: z.record(z.string(), fileSchema),
})
export type Manifest = z.infer<typeof manifestSchema>

/** A manifest of version n, as one of version n + 1. */
export type ManifestMigration = (manifest: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

/** By the version that they begin with. A new version adds one here, and none is ever changed. */
const MIGRATIONS: Readonly<Record<number, ManifestMigration>> = {}

const headSchema = z.looseObject({ format: z.literal(FORMAT), version: z.int().min(0) })

/**
 * @param name what the file is called, for people
 * @throws UserError
 */
export function readManifest(
  name: string,
  value: unknown,
  migrations: Readonly<Record<number, ManifestMigration>> = MIGRATIONS,
  current = PROJECT_VERSION,
): Manifest {
  const head = headSchema.safeParse(value)
  if (!head.success) throw notAProject(name, head.error)
  let manifest: z.infer<typeof headSchema> = head.data
  if (manifest.version > current) {
    throw new UserError(
      said`"${name}" was made by a newer version of this program.`,
      'Load the page anew to get the newest version, then open the file again.',
    )
  }
  while (manifest.version < current) {
    const migration: ManifestMigration | undefined = migrations[manifest.version]
    if (!migration) {
      throw new UserError(
        said`"${name}" was made by a version of this program that is too old to be read (${manifest.version}).`,
        'Open it with the version that made it, and export its borders as safetensors.',
      )
    }
    manifest = { ...migration(manifest), format: FORMAT, version: manifest.version + 1 }
  }
  const parsed = manifestSchema.safeParse({ ...manifest, version: PROJECT_VERSION })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UserError(
    said`The project "${name}" is damaged: "${issue?.path.join('.') ?? ''}" of its manifest is not as it should be.`,
    'Save the project again, or take an earlier copy of the file.',
  )
}

export const notAProject = (name: string, cause?: unknown): UserError =>
  new UserError(
    said`"${name}" is not a project of this program.`,
    'Choose a project file that was saved here; single borders are opened as safetensors or .pth.tar.',
    { cause },
  )
