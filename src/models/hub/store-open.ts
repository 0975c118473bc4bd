/** The store of this thread: on disk where the browser lets a worker write in place, else in memory. */
import { MemoryStore } from './store-memory'
import { openOpfsStore } from './store-opfs'
import type { ModelStore } from './store'

export const openStore = async (): Promise<ModelStore> => (await openOpfsStore()) ?? new MemoryStore()
