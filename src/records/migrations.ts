/** Records of older programs, brought up to this one's; of newer ones, refused with the reason. */
import { z } from 'zod'
import { ClauseError, said } from '../sentence'
import { runRecordSchema, type RunRecord } from './run-record'

export const RECORD_VERSION = 1

/** A record of version n, as a record of version n + 1. */
export type Migration = (record: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

/** By the version that they begin with. A new version adds one here, and none is ever changed. */
const MIGRATIONS: Readonly<Record<number, Migration>> = {}

/** A record that cannot be read, and why, as a clause. */
export class UnreadableError extends ClauseError {
  override readonly name = 'UnreadableError'
}

/** @throws UnreadableError */
export function readRecord(
  value: unknown,
  migrations: Readonly<Record<number, Migration>> = MIGRATIONS,
  current = RECORD_VERSION,
): RunRecord {
  let record = z.looseObject({ version: z.int().min(0) }).safeParse(value).data
  if (!record) throw new UnreadableError('it is not a record of a run')
  if (record.version > current) throw new UnreadableError('it was made by a newer version of this program')
  while (record.version < current) {
    const migration: Migration | undefined = migrations[record.version]
    if (!migration) throw new UnreadableError(said`nobody knows version ${record.version} of it any more`)
    record = { ...migration(record), version: record.version + 1 }
  }
  const parsed = runRecordSchema.safeParse(record)
  if (parsed.success) return parsed.data
  const key = parsed.error.issues[0]?.path.join('.')
  throw new UnreadableError(
    key ? said`"${key}" of its record is not as it should be` : 'its record is not as it should be',
  )
}
