/** A lab's life with a model, and that nobody in JavaScript holds on to its weights: not model, classifier, or session. */
import { expect } from 'vitest'
import { nodePlatform } from '../../src/cli/platform'
import { Lab } from '../../src/lab/session'
import { HeldBytes } from '../support/held-bytes'
import { colourSource, platform, RECIPE } from './tiny-lab'

const VISION = 'onnx/vision_model.onnx'
const TEXT = 'onnx/text_model.onnx'

export async function expectWeightsLetGo(engine: 'cpu' | 'wasm'): Promise<void> {
  const bytes = new HeldBytes()
  const on = nodePlatform(engine)
  const lab = new Lab(
    {
      ...platform,
      openEngine: (backend) => on.openEngine(backend),
      modelFiles: (id) => bytes.watch(platform.modelFiles(id)),
    },
    () => undefined,
  )
  await lab.handle('initialise', { backend: 'auto' })
  await lab.handle('loadModel', { id: 'public/models/stamp' })
  expect(bytes.read).toEqual([VISION, TEXT])
  expect(await bytes.held()).toEqual([])

  await lab.loadSource(colourSource(4), 0)
  const start = (batchSize: number) => lab.handle('start', { recipe: { ...RECIPE, batchSize }, seed: 0, paused: true })
  await start(8)
  await lab.handle('step', {})
  expect(bytes.read.slice(2)).toEqual([TEXT, VISION])
  expect(await bytes.held()).toEqual([])

  // Another batch size is another session; the class embeddings stay.
  await start(4)
  await lab.handle('step', {})
  expect(bytes.read.slice(4)).toEqual([VISION])
  expect(await bytes.held()).toEqual([])
  await lab.handle('dispose', {})
}
