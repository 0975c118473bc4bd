/** Asking the browser to keep what is stored. Only a page may ask, not its workers. */

/** Whether the browser has agreed not to clear the page's files by itself when the disk is short. */
export async function askToKeep(): Promise<boolean> {
  const storage = globalThis.navigator?.storage
  if (!storage?.persist) return false
  try {
    return (await storage.persisted()) || (await storage.persist())
  } catch {
    return false
  }
}
