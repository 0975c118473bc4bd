/** Stories of visuals that read the page's stores: the border in its displays, and probabilities. The stores are filled here. */
import { useMemo } from 'react'
import type { TaskInfo } from '../lab/protocol'
import { livePrompt } from '../state/livePrompt'
import { predictionsStore } from '../state/predictions'
import { taskStore } from '../state/task'
import type { BorderDisplay } from '../state/view'
import { BorderCanvas } from '../ui/stage/BorderCanvas'
import { Legend } from '../ui/stage/Legend'
import { palettes } from '../ui/stage/palette'
import { Probabilities } from '../ui/stage/Probabilities'
import { useDark } from '../ui/stage/useScheme'
import { fixedBorder, fixedPicture, NAMES } from './fixed-data'

const SIDE = 64
const BORDER = 9
const DISPLAYS: readonly BorderDisplay[] = ['signed', 'asIs', 'red', 'magnitude', 'spectrum']
const MODEL = { mean: [0.481, 0.458, 0.408], std: [0.269, 0.261, 0.276] }

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
}

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
