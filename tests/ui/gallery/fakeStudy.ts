/** The pretended lab's study: some methods measured on one task, better and worse than zero-shot. */
import type { StudiedMethod, StudyCommands } from '../../../src/lab/protocol-study'
import type { Commands } from '../../../src/lab/protocol'
import { OFFERED, type Offered } from '../../../src/study/offered'

const TEST = 250
const rows: readonly Offered[] = OFFERED

/** Of every third method of the wall nothing is known. */
function fakeMethod({ contender: { label } }: Offered, i: number): StudiedMethod[] {
  if (i % 3 === 2) return []
  const top1 = Math.min(0.93, 0.44 + 0.035 * i * (i % 4 === 3 ? -0.3 : 1))
  const half = 1.96 * Math.sqrt((top1 * (1 - top1)) / TEST)
  const difference = top1 - 0.44
  return [
    {
      ...{ label, seeds: 1, top1, ci95: [top1 - half, top1 + half], deviation: null, validation: top1 + 0.01 },
      gain: i === 0 ? null : { difference, ci95: [difference - half, difference + half], pValue: i < 3 ? 0.31 : 2e-4 },
      ...{
        parameterCount: i === 0 ? 0 : 40 * 3 ** (i % 9),
        steps: 0,
        trainSeconds: 0.4 * 1.7 ** i,
        imagesPerSecond: 90,
      },
      chosen: {},
    },
  ]
}

type Answers = { [K in keyof StudyCommands]: (body: Commands[K][0]) => Commands[K][1] }

export const fakeStudy: Answers = {
  study: () => ({}),
  stopStudy: () => ({}),
  studyReport: ({ methods, seeds }) => {
    const asked = new Set(methods.map(({ label }) => label))
    const measured = rows.flatMap(fakeMethod).filter(({ label }) => asked.has(label))
    return {
      ...{ methods: measured, cells: methods.length * seeds.length, missing: methods.length - measured.length },
      paces: Object.fromEntries(measured.map(({ label, trainSeconds }) => [label, trainSeconds])),
      estimate: { seconds: 75, unknown: methods.length - measured.length },
      about: {
        model: { name: 'stamp', sha256: 'f'.repeat(64) },
        task: {
          ...{ title: 'Counting things', fingerprint: 'counting', template: 'a picture of {}', classes: 5 },
          ...{ images: { train: 600, val: 250, test: TEST }, splitSeed: null },
        },
        ...{ engine: 'wasm', from: '2026-11-20T10:00:00Z', to: '2026-11-20T11:00:00Z' },
      },
      lasting: true,
    }
  },
  studyFile: ({ kind }) => ({ name: kind, bytes: new Uint8Array() }),
}
