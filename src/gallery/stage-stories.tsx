/** Stories of visuals that read the page's stores: the border, curves, time and the wipe. The stores are filled here. */
import { useMemo, type CSSProperties } from 'react'
import { accuracyOf } from '../evaluation/accuracy'
import type { ModelInfo, TaskInfo } from '../lab/protocol'
import { livePrompt } from '../state/livePrompt'
import { metrics } from '../state/metrics'
import { predictionsStore } from '../state/predictions'
import { runStore } from '../state/run'
import { sessionStore } from '../state/session'
import { taskStore } from '../state/task'
import { timelineStore } from '../state/timeline-store'
import { timelineThumbs } from '../state/timeline-thumbs'
import type { BorderDisplay } from '../state/view'
import { Curves } from '../ui/curves/Curves'
import { BorderCanvas } from '../ui/stage/BorderCanvas'
import { Easel } from '../ui/stage/Easel'
import { Legend } from '../ui/stage/Legend'
import { palettes } from '../ui/stage/palette'
import { Probabilities } from '../ui/stage/Probabilities'
import { Timeline } from '../ui/stage/Timeline'
import { useDark } from '../ui/stage/useScheme'
import { fixedBorder, fixedLine, fixedPicture, NAMES } from './fixed-data'

const SIDE = 64
const BORDER = 9
const DISPLAYS: readonly BorderDisplay[] = ['signed', 'asIs', 'red', 'magnitude', 'spectrum']
const MODEL = { mean: [0.481, 0.458, 0.408], std: [0.269, 0.261, 0.276] }

/** A run of so many steps, validated now and then, looked back at from its step `NOW`. */
const STEPS = 300
const NOW = 240
const VALIDATED_EVERY = 40
const LOOKED_AT = 168

const picture = fixedPicture(2, SIDE)

/** What the stories show, put where the page would have it. */
export function fillStores(): void {
  livePrompt.set({ step: 104, pixels: fixedBorder(SIDE, BORDER, 2) })
  const info = { classes: NAMES.map((name) => ({ folder: name, name })), fingerprint: 'fixed' } as unknown as TaskInfo
  taskStore.setState({ info, pictures: [picture] })
  const { split, index, label } = picture
  const zeroShot = Float32Array.of(0.08, 0.41, 0.3, 0.12, 0.06, 0.03)
  const prompted = Float32Array.of(0.01, 0.09, 0.83, 0.05, 0.01, 0.01)
  predictionsStore.setState({ byKey: new Map([[`${split}/${index}`, { split, index, label, zeroShot, prompted }]]) })
  fillRun()
}

function fillRun(): void {
  sessionStore.setState({ model: { ...MODEL, kind: 'clip', imageSize: SIDE } as unknown as ModelInfo })
  const validated = fixedLine('', NOW, VALIDATED_EVERY, 0.42, 0.74, 5)
  const accuracies = Array.from(validated.x, (step, i) => ({
    step,
    accuracy: accuracyOf(at(validated.y, i, 120), 120),
  }))
  runStore.setState({
    ...{ status: 'paused', step: NOW, totalSteps: STEPS, seed: 0, best: accuracies.at(-1)! },
    ...{ zeroShot: accuracyOf(50, 120), validation: accuracies.at(-1)! },
  })
  const [loss, batch] = [fixedLine('', NOW, 1, 1.7, 0.8, 6), fixedLine('', NOW, 1, 0.4, 0.8, 7)]
  metrics.clear()
  metrics.addSteps({
    step: [...loss.x],
    loss: [...loss.y],
    learningRate: Array.from(loss.x, (step) => 0.5 + 0.5 * Math.cos((Math.PI * step) / STEPS)),
    gradientNorm: Array.from(loss.y, (value) => value / 4),
    batchAccuracy: [...batch.y],
    imagesPerSecond: 64,
  })
  for (const { step, accuracy } of accuracies) metrics.addValidation(step, accuracy)
  const kept = accuracies.map(({ step }) => step)
  for (const step of kept) {
    const pixels = fixedBorder(SIDE, BORDER, 2).map((value) => (value * step) / STEPS)
    timelineThumbs.add({ step, pixels })
  }
  timelineStore.setState({ kept, at: LOOKED_AT, shown: kept.findLast((step) => step <= LOOKED_AT)! })
}

/** Right answers among so many. */
const at = (shares: ArrayLike<number>, i: number, total: number): number => Math.round(shares[i]! * total)

export function StageBorder() {
  const dark = useDark()
  const colours = useMemo(() => palettes(dark), [dark])
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: 16 }}>
      {DISPLAYS.map((display) => (
        <div key={display} style={{ width: 128 }}>
          <div style={{ height: 128 }}>
            <BorderCanvas
              {...{ display, side: SIDE, border: BORDER, palettes: colours, model: MODEL, label: display }}
            />
          </div>
          <Legend display={display} side={SIDE} palettes={colours} />
        </div>
      ))}
    </div>
  )
}

export const StageProbabilities = () => <Probabilities picture={picture} />

export const LearnCurves = () => <Curves />

const WALL = { background: 'var(--wall)', color: 'var(--wall-ink)', padding: 24 }

/** As narrow as on a phone: there the strip is as wide as its container, whatever the font. */
export const StageTime = () => (
  <div style={{ ...WALL, containerType: 'inline-size', width: 560 }}>
    <Timeline />
  </div>
)

export const StageWipe = () => (
  <div style={{ ...WALL, '--plate': '256px' } as CSSProperties}>
    <Easel />
  </div>
)
