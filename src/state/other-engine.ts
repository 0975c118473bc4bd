/** What a person can do when the graphics device was lost too often: the run goes on with WASM, from its last checkpoint. */
import { lab } from './connection'
import { runStore } from './run'
import { goOn, openRunStore } from './runs'
import { sessionStore } from './session'
import { troubleOf } from './trouble'

/** Model, images and the way so far stay. */
export async function goOnWithWasm(): Promise<void> {
  const { record } = openRunStore.getState()
  const { busy, status } = runStore.getState()
  if (busy || status !== 'failed' || !record) return
  runStore.setState({ busy: true })
  try {
    sessionStore.setState({ capability: await lab().call('changeEngine', { backend: 'wasm' }) })
    await goOn(record)
  } catch (error) {
    runStore.setState({ trouble: troubleOf(error) })
  } finally {
    runStore.setState({ busy: false })
  }
}
