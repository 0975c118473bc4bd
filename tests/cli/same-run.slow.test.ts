/** What the page offers as "the same run as a command" is the same run: the command line makes the same task of the same files. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { main } from '../../src/cli/learn'
import { nodePlatform } from '../../src/cli/platform'
import { includeClasses, setSplit, type Arrangement } from '../../src/data/arrangement'
import { openSource } from '../../src/data/source-node'
import type { LabEvent } from '../../src/lab/protocol'
import { Lab } from '../../src/lab/session'
import { quick } from '../../src/learning/recipes'
import { only } from '../lab/tiny-lab'
import { words } from '../support/shell-words'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passepartout-same-'))
  for (const [name, background] of Object.entries({ red: '#d02020', blue_sky: '#2060d0', Grass: '#20a040' })) {
    await mkdir(join(folder, 'my images', name), { recursive: true })
    for (let i = 0; i < 12; i++) {
      const image = sharp({ create: { width: 70 + i, height: 64, channels: 3, background } })
      // Each is another picture.
      const dot = {
        input: { create: { width: 9, height: 9, channels: 3 as const, background: '#fff' } },
        left: 4 * i,
        top: 20,
      }
      await image
        .composite([dot])
        .png()
        .toFile(join(folder, 'my images', name, `${i}.png`))
    }
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it.each([
  ['as it comes', null],
  ['four shots', (of: Arrangement) => setSplit(of, { shots: 4 })],
  ['without a class', (of: Arrangement) => includeClasses(of, new Set(['red']), false)],
] as const)('%s', async (_, change) => {
  const events: LabEvent[] = []
  const lab = new Lab(nodePlatform('cpu'), (event) => events.push(event))
  await lab.handle('initialise', { backend: 'wasm' })
  await lab.handle('loadModel', { id: 'public/models/stamp' })
  const images = join(folder, 'my images')
  const { arrangement } = await lab.loadSource(await openSource(images), 0)
  if (change) await lab.handle('arrange', { arrangement: change(arrangement) })
  await lab.handle('start', { recipe: { ...quick, steps: 1, warmupSteps: 0 }, seed: 1, paused: false })
  await lab.runEnded()
  const { id, task } = only(events, 'begun')[0]!.record
  const { made } = await lab.handle('commandOf', { id })
  const args = words(made!.command)
  expect(args.includes('--arrangement')).toBe(change !== null)
  const file = await lab.handle('exportFile', { ids: [id], kind: 'arrangement.json', withImages: false })
  if (change) expect(args[args.indexOf('--arrangement') + 1]).toBe(file.name)
  await writeFile(join(folder, file.name), file.bytes)
  await lab.handle('dispose', {})

  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  // The person is where the files are; and on Node a model's id is its folder.
  const at = new Map([basename(images), file.name].map((name) => [name, join(folder, name)]))
  const here = args.map((word) => at.get(word) ?? word.replace(/^public\/models\/(?=public)/, ''))
  expect(await main([...here, '--out', join(folder, 'out')])).toBe(0)
  vi.restoreAllMocks()
  const result = await readFile(join(folder, 'out', 'result.json'), 'utf8')
  expect(result).toContain(task.fingerprint)
})
