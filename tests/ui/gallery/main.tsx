/** The real page on the pretended lab. `?nan=120` fails there, `?webgpu` pretends an adapter, `?ms=5` steps faster. */
import { createRoot } from 'react-dom/client'
import { connect } from '../../../src/state/connect'
import { open } from '../../../src/state/opening'
import { App } from '../../../src/ui/App'
import '../../../src/ui/tokens.css'
import { createFakeLab } from './fakeLab'

const query = new URLSearchParams(location.search)
const nan = query.get('nan')
connect(
  createFakeLab({
    stepMs: Number(query.get('ms') ?? 40),
    webgpu: query.has('webgpu'),
    ...(nan ? { nanAt: Number(nan) } : {}),
  }),
)
createRoot(document.getElementById('root')!).render(<App />)
void open('auto', 'stamp')
