/** Entry of the page: starts the worker, joins it to the stores, draws the page, opens the lab, takes the first sample. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createLabClient } from './lab/client'
import { connect } from './state/connect'
import { openSession, sessionStore, type Backend } from './state/session'
import { chooseSample } from './state/task'
import { App } from './ui/App'
import './ui/tokens.css'

const MODEL = 'stamp'

/** `?backend=wasm` or `?backend=webgpu` forces an engine; anything else is `auto`. */
function askedBackend(): Backend {
  const asked = new URLSearchParams(location.search).get('backend')
  return asked === 'wasm' || asked === 'webgpu' ? asked : 'auto'
}

connect(createLabClient(new Worker(new URL('./lab/worker.ts', import.meta.url), { type: 'module' })))

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)

if (await openSession(askedBackend(), MODEL)) {
  const [first] = sessionStore.getState().samples
  if (first) await chooseSample(first.id)
}
