/**
 * What a CLIP ViT-B/32 of true size (random weights) costs in JavaScript's memory: loaded, its classes embedded, its session
 * open. Array buffers are what JavaScript holds; ONNX Runtime's own copy lies outside of them.
 *
 *   node scripts/run-ts.mjs tools/numbers/held-memory.ts [cpu|wasm]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { nodePlatform } from '../../src/cli/platform'
import { Classifier, clipClassifier } from '../../src/methods/classifier'
import { loadClip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { encodeClasses } from '../../src/models/text'
import { trueSizeClip } from '../../tests/support/true-size-clip'

const ROWS = 8
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function show(stage: string): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    collect()
  }
  const { arrayBuffers, heapUsed, rss } = process.memoryUsage()
  const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`.padStart(8)
  console.log(`${stage.padEnd(24)} array buffers ${mb(arrayBuffers)}  heap ${mb(heapUsed)}  resident ${mb(rss)}`)
}

function writeModel(folder: string): void {
  for (const [path, bytes] of Object.entries(trueSizeClip())) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'held-memory-'))
try {
  writeModel(folder)
  const backend = process.argv[2] === 'wasm' ? 'wasm' : 'cpu'
  const { engine } = await nodePlatform(backend).openEngine('auto')
  await show(`${backend}: nothing loaded`)
  const clip = await loadClip(modelFolder(folder))
  await show('loaded')
  const names = ['cat', 'dog']
  const classes = await encodeClasses(engine, clip, 'a photo of a {}', names)
  await show('classes embedded')
  const start = performance.now()
  const classifier = await Classifier.open(engine, clipClassifier(clip, names.length, classes), ROWS)
  console.log(`the session was opened in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  await show('session open')
  await classifier.dispose()
  await engine.dispose()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
