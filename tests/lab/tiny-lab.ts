/** A lab on the embedded model and a task of plain colours, made in memory: images are three bytes, their colour. */
import type { Platform } from '../../src/lab/holdings'
import { Lab } from '../../src/lab/session'
import type { LabEvent } from '../../src/lab/protocol'
import type { Recipe } from '../../src/learning/recipe'
import { quick } from '../../src/learning/recipes'
import type { Source } from '../../src/data/source'
import { nodePlatform } from '../../src/cli/platform'

export const RECIPE: Recipe = { ...quick, steps: 6, batchSize: 8, validateEvery: 2 }

const COLOURS = { blue: [30, 60, 220], green: [30, 170, 60], red: [220, 40, 40] } as const

/** `each` shades of three colours, in class folders. */
export function colourSource(each: number): Source {
  const files = Object.entries(COLOURS).flatMap(([name, rgb]) =>
    Array.from({ length: each }, (_, i) => ({
      path: `${name}/${String(i).padStart(2, '0')}.png`,
      bytes: async () => Uint8Array.from(rgb, (value) => value + 2 * i),
    })),
  )
  return { name: 'colours', files, folders: Object.keys(COLOURS) }
}

const SIDE = 16

export const platform: Platform = {
  ...nodePlatform('cpu'),
  decoder: {
    extensions: new Set(['png']),
    async decode(bytes) {
      if (bytes.length !== 3) throw new Error('not three bytes')
      const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => bytes[i % 3]!)
      return { width: SIDE, height: SIDE, data }
    },
  },
}

/** A lab with model and task, and the events it has sent. */
export async function openLab(each = 10, from: Platform = platform): Promise<{ lab: Lab; events: LabEvent[] }> {
  const events: LabEvent[] = []
  const lab = new Lab(from, (event) => events.push(structuredClone(event)))
  await lab.handle('initialise', { backend: 'wasm' })
  await lab.handle('loadModel', { id: 'public/models/stamp' })
  await lab.loadSource(colourSource(each), 0)
  return { lab, events }
}

export function only<T extends LabEvent['type']>(
  events: readonly LabEvent[],
  type: T,
): Extract<LabEvent, { type: T }>[] {
  return events.filter((event): event is Extract<LabEvent, { type: T }> => event.type === type)
}
