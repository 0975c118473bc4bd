/** Made-up answers, borders and curves for the gallery, by seed: the same on every machine. They mean nothing. */
import { Random } from '../data/random'
import { compareAnswers, type Answers, type ComparisonReport } from '../evaluation/comparison'
import type { PictureInfo } from '../lab/protocol'
import type { Line } from '../ui/visuals/overlay-lines'

export const NAMES = ['one object', 'two objects', 'three objects', 'four objects', 'five objects', 'six objects']

/** n answers of a pretended classifier that is right with about this probability, and takes a class for its neighbour. */
function answers(labels: Uint16Array, classes: number, skill: number, random: Random): Answers {
  const right = Array.from(labels, () => random.uniform() < skill)
  return {
    top1: Uint16Array.from(labels, (label, i) =>
      right[i] ? label : (label + (random.uniform() < 0.7 ? 1 : 1 + random.below(classes - 1))) % classes,
    ),
    confidence: Float32Array.from(right, (yes) => Math.min(1, 0.25 + 0.6 * random.uniform() + (yes ? 0.15 : 0))),
  }
}

export function fixedComparison(classes: number, perClass: number): ComparisonReport {
  const random = new Random(11)
  const labels = Uint16Array.from({ length: classes * perClass }, (_, i) => Math.floor(i / perClass))
  const before = answers(labels, classes, 0.45, random)
  const after = answers(labels, classes, 0.7, random)
  return compareAnswers(labels, classes, before, after)
}

/** float32 [3,S,S]: a border of waves and a little noise around nothing. */
export function fixedBorder(side: number, border: number, seed: number): Float32Array {
  const random = new Random(seed)
  const pixels = new Float32Array(3 * side * side)
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [i % side, Math.floor(i / side)]
    if (x >= border && y >= border && x < side - border && y < side - border) continue
    for (let c = 0; c < 3; c++) {
      const wave = Math.sin(x * 0.5 + seed + c) * Math.cos(y * 0.4 - c)
      pixels[c * side * side + i] = 0.8 * wave + 0.4 * (random.uniform() - 0.5)
    }
  }
  return pixels
}

/** A picture of dots on a ground, as many as its class says. */
export function fixedPicture(label: number, side: number): PictureInfo {
  const random = new Random(label + 1)
  const dots = Array.from({ length: label + 1 }, () => ({
    ...{ x: side * (0.2 + 0.6 * random.uniform()), y: side * (0.2 + 0.6 * random.uniform()) },
    rgb: [random.below(200), random.below(200), random.below(200)],
  }))
  const pixels = new Uint8Array(3 * side * side)
  for (let i = 0; i < side * side; i++) {
    const dot = dots.find(({ x, y }) => Math.hypot(x - (i % side), y - Math.floor(i / side)) < side / 9)
    for (let c = 0; c < 3; c++) pixels[c * side * side + i] = dot ? dot.rgb[c]! : [214, 206, 188][c]!
  }
  return { split: 'val', index: label, path: `val/${NAMES[label]}/0001.png`, label, pixels }
}

export function fixedLine(name: string, steps: number, every: number, from: number, to: number, seed: number): Line {
  const random = new Random(seed)
  const n = Math.floor(steps / every) + 1
  const x = Float64Array.from({ length: n }, (_, i) => i * every)
  const y = x.map((step) => to + (from - to) * Math.exp((-4 * step) / steps) + 0.02 * (random.uniform() - 0.5))
  return { name, x, y }
}
