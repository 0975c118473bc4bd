/** Holds the one lab client that all actions speak through, so that stores and tests need no worker to be imported. */
import type { LabClient } from '../lab/client'

let client: LabClient | null = null

export function setLab(next: LabClient | null): void {
  client = next
}

/** The connected lab; throws a plain Error if an action runs before `connect` (a defect, not a person's mistake). */
export function lab(): LabClient {
  if (!client) throw new Error('no lab is connected')
  return client
}
