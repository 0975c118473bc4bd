/** What the browser keeps of runs, read past the page: straight from its database. */
import type { Page } from '@playwright/test'

export interface KeptInBrowser {
  readonly id: string
  readonly state: string
  readonly step: number
  readonly loss: readonly number[]
  readonly validated: readonly number[]
  readonly top1: readonly number[]
  /** Bits of the reported border. */
  readonly border: readonly number[]
  /** Bits of all parameters, the optimiser's included, as the checkpoint holds them. */
  readonly checkpoint: readonly number[]
  readonly answers: readonly number[]
  /** Accuracy with the border on test; null where it was not measured. */
  readonly tested: number | null
}

/** All runs, newest first. */
export function keptRuns(page: Page): Promise<KeptInBrowser[]> {
  return page.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error as Error)
      })
    const database = await asked(indexedDB.open('passepartout-runs'))
    const read = database.transaction(['records', 'parts'])
    type Kept = Pick<KeptInBrowser, 'id' | 'state' | 'step'> & Outcomes
    type Outcomes = { createdAt: string; outcome: { prompted: { top1: number } } | null }
    const records = (await asked(read.objectStore('records').getAll())) as Kept[]
    const parts = read.objectStore('parts')
    const part = (key: string) => asked(parts.get(key)) as Promise<Record<string, ArrayLike<number>> | undefined>
    const found = await Promise.all(
      records.map(async ({ id, createdAt, state, step, outcome }) => {
        const [curves, validations] = [await part(`${id}/curves/000000000`), await part(`${id}/validations`)]
        const border = (await part(`${id}/border`)) as unknown as Float32Array | undefined
        const checkpoint = (await part(`${id}/checkpoint`)) as unknown as Uint8Array | undefined
        const test = (await part(`${id}/test`)) as unknown as { prompted: { ofTruth: Float32Array } } | undefined
        return {
          ...{ id, createdAt, state, step },
          loss: Array.from(curves?.loss ?? []),
          validated: Array.from(validations?.step ?? []),
          top1: Array.from(validations?.top1 ?? []),
          border: border ? Array.from(new Uint32Array(border.buffer)) : [],
          checkpoint: checkpoint ? Array.from(checkpoint) : [],
          answers: Array.from(test?.prompted.ofTruth ?? []),
          tested: outcome && outcome.prompted.top1,
        }
      }),
    )
    database.close()
    return found.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  })
}
