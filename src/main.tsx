/** Entry of the page: starts the worker, joins it to the stores, draws the page, opens the lab, takes the first sample. */
import { StrictMode, startTransition } from 'react'
import { createRoot } from 'react-dom/client'
import { createLabClient } from './lab/client'
import { openAppearance } from './state/appearance'
import { connect } from './state/connect'
import { open } from './state/opening'
import { isActive, runStore } from './state/run'
import type { Backend } from './state/session'
import './ui/tokens.css'

const MODEL = 'stamp'

/** `?backend=wasm` or `?backend=webgpu` forces an engine; anything else is `auto`. */
function askedBackend(): Backend {
  const asked = new URLSearchParams(location.search).get('backend')
  return asked === 'wasm' || asked === 'webgpu' ? asked : 'auto'
}

const client = createLabClient(new Worker(new URL('./lab/worker.ts', import.meta.url), { type: 'module' }))
connect(client)
void open(askedBackend(), MODEL).then(goOffline)

/** When everything that a visit needs has been fetched once, it is kept for a visit without a network. */
async function goOffline(): Promise<void> {
  const { keepForOffline } = await import('./offline/register')
  const used = async () => (await client.call('resources', {})).urls
  const kept = await keepForOffline(used, () => !isActive(runStore.getState().status))
  if (kept) document.documentElement.dataset.offline = 'ready'
}

const element = document.getElementById('root')
if (!element) throw new Error('index.html has no #root')
const root = createRoot(element)
// The first question about dates' formats reads their tables, 30 ms and more. React Aria asks while its module is evaluated:
// it is asked before, in a task of its own.
await new Promise<void>((done) => {
  setTimeout(() => {
    Intl.DateTimeFormat.supportedLocalesOf(navigator.language)
    done()
  })
})
// A chunk of its own, drawn as a transition: the page comes up in slices instead of one long task.
const [{ App }] = await Promise.all([import('./ui/App'), openAppearance()])
startTransition(() =>
  root.render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
)
