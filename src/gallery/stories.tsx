/** The gallery's stories: each visual once, with fixed data. */
import { useState, type ReactNode } from 'react'
import { accuracyOf } from '../evaluation/accuracy'
import { BorderThumb } from '../ui/visuals/BorderThumb'
import { Confusion } from '../ui/visuals/Confusion'
import type { Cell } from '../ui/visuals/confusion-grid'
import { CurvesOverlay, OverlayKey } from '../ui/visuals/CurvesOverlay'
import { DeltaBar } from '../ui/visuals/DeltaBar'
import { IntervalBars } from '../ui/visuals/IntervalBars'
import { PerClass } from '../ui/visuals/PerClass'
import { Picture } from '../ui/visuals/Picture'
import { Reliability } from '../ui/visuals/Reliability'
import { Term } from '../ui/visuals/Term'
import { VirtualGrid } from '../ui/visuals/VirtualGrid'
import { fixedBorder, fixedComparison, fixedLine, fixedPicture, NAMES } from './fixed-data'
import { LearnCurves, StageBorder, StageProbabilities, StageTime, StageWipe } from './stage-stories'

export interface Story {
  readonly id: string
  readonly title: string
  readonly Content: () => ReactNode
}

const few = fixedComparison(6, 40)
const many = fixedComparison(120, 12)
const manyNames = Array.from({ length: 120 }, (_, i) => `class ${i + 1}`)
const borders = [1, 2, 3].map((seed) => fixedBorder(64, 9, seed))
const pictures = [0, 1, 2, 3].map((label) => fixedPicture(label, 32))
const runs = ['seed 1', 'seed 2', 'seed 3', 'seed 4', 'seed 5', 'seed 6']
const accuracies = runs.map((name, i) => fixedLine(name, 300, 20, 0.4, 0.62 + 0.03 * i, i + 1))
const losses = runs.map((name, i) => fixedLine(name, 300, 1, 1.6, 0.9 - 0.05 * i, i + 20))

export const stories: readonly Story[] = [
  {
    id: 'interval-bars',
    title: 'Accuracies with intervals',
    Content: () => (
      <IntervalBars
        rows={[
          { title: 'Zero-shot', accuracy: accuracyOf(109, 240), strong: false },
          { title: 'With the border', accuracy: accuracyOf(171, 240), strong: true },
          { title: 'None right', accuracy: accuracyOf(0, 12), strong: false },
          { title: 'All right', accuracy: accuracyOf(12, 12), strong: true },
        ]}
      />
    ),
  },
  {
    id: 'delta-bars',
    title: 'Gains and losses',
    Content: () => (
      <>
        <DeltaBar value={0.12} interval={[0.05, 0.19]} scale={0.2} />
        <DeltaBar value={-0.06} interval={[-0.13, 0.01]} scale={0.2} />
        <DeltaBar value={0} scale={0.2} />
        <DeltaBar value={0.4} scale={0.2} />
      </>
    ),
  },
  {
    id: 'reliability',
    title: 'Reliability diagrams',
    Content: () => (
      <div style={{ display: 'grid', gridTemplateColumns: '1fr 1fr', gap: 24 }}>
        <Reliability title="Zero-shot" bins={few.before.reliability} ece={few.before.ece} strong={false} />
        <Reliability title="With the border" bins={few.after.reliability} ece={few.after.ece} strong />
      </div>
    ),
  },
  { id: 'confusion', title: 'Confusion matrix, a grid', Content: () => <FewClasses /> },
  {
    id: 'confusion-picture',
    title: 'Confusion matrix, many classes',
    Content: () => (
      <Confusion
        title="With the border"
        counts={many.after.confusion}
        names={manyNames}
        open={null}
        onOpen={() => undefined}
      />
    ),
  },
  {
    id: 'per-class',
    title: 'Class by class',
    Content: () => <PerClass rows={few.perClass} names={NAMES} before="Zero-shot" after="With the border" />,
  },
  {
    id: 'curves-overlay',
    title: 'Curves of several runs',
    Content: () => (
      <>
        <OverlayKey names={runs} />
        <CurvesOverlay title="Accuracy" about="on validation" quantity="accuracy" lines={accuracies} />
        <CurvesOverlay title="Loss" about="of each batch" quantity="loss" lines={losses} />
      </>
    ),
  },
  {
    id: 'border-thumbs',
    title: 'Borders, small',
    Content: () => (
      <div style={{ display: 'flex', gap: 12 }}>
        {borders.map((pixels, i) => (
          <BorderThumb key={i} pixels={pixels} border={9} alt={`border ${i + 1}`} />
        ))}
        <BorderThumb pixels={null} border={9} alt="no border yet" />
      </div>
    ),
  },
  {
    id: 'picture-grid',
    title: 'A grid of ten thousand pictures',
    Content: () => (
      <VirtualGrid
        label="Ten thousand pictures"
        count={10_000}
        cell={{ width: 96, height: 118, gap: 12 }}
        height="260px"
        optionOf={(i) => ({ title: `picture ${i + 1}` })}
        isSelected={(i) => i === 2}
        onPick={() => undefined}
        render={(i) => (
          <>
            <Picture pixels={pictures[i % pictures.length]!.pixels} />
            {i + 1}
          </>
        )}
      />
    ),
  },
  { id: 'stage-border', title: 'The border in its displays', Content: StageBorder },
  { id: 'probabilities', title: 'Probabilities, bare and bordered', Content: StageProbabilities },
  { id: 'learn-curves', title: 'Curves of a run, zero-shot as a line', Content: LearnCurves },
  { id: 'time', title: 'Looking back along a run', Content: StageTime },
  { id: 'wipe', title: 'Bare and bordered, with a line across', Content: StageWipe },
  {
    id: 'terms',
    title: 'A term and its explanation',
    Content: () => (
      <p>
        <Term of="glossary.ece">Calibration error</Term> 4.2 %
      </p>
    ),
  },
]

function FewClasses() {
  const [open, setOpen] = useState<Cell | null>({ truth: 1, predicted: 2 })
  return (
    <>
      <Confusion title="Zero-shot" counts={few.before.confusion} names={NAMES} open={open} onOpen={setOpen} />
      <output data-testid="opened">{open && `${NAMES[open.truth]} as ${NAMES[open.predicted]}`}</output>
    </>
  )
}
