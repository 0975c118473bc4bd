/** Writes the measurements of docs/numbers/*.json into docs/numbers.md. */
import { readFile } from 'node:fs/promises'
import { table, writeBlock } from './block'
import { classifierSection } from './classifier-section'
import type { ClassifierRow } from './classifiers'
import type { Measurement, Row } from './measure'

const percent = (fraction: number) => (100 * fraction).toFixed(1)
const points = (change: number) => `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)}`
const interval = ({ top1, ci95 }: Row['zeroShot']) => `${percent(top1)} (${percent(ci95[0])} to ${percent(ci95[1])})`
const gain = ({ prompted, zeroShot }: Row) => prompted.top1 - zeroShot.top1
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

function byDataset(rows: readonly Row[]): Row[][] {
  return [...new Set(rows.map(({ dataset }) => dataset))].map((id) => rows.filter(({ dataset }) => dataset === id))
}

function section(title: string, measurement: Measurement): string {
  const { date, command, engine, cores, node, recipe, rows } = measurement
  const [first] = rows
  const datasets = byDataset(rows)
  const gains = datasets.map((runs) => mean(runs.map(gain)))
  const optimiser =
    recipe.optimiser.kind === 'sgd'
      ? `SGD, momentum ${recipe.optimiser.momentum}`
      : recipe.optimiser.kind === 'adam'
        ? 'Adam'
        : 'AdamW'
  const shift = Math.round(recipe.shiftFraction * 100)
  return [
    `## ${title}`,
    '',
    `${date}, \`${command}\`, ${engine}, ${cores} cores, Node ${node}. Model ${first!.model}, sha256 \`${first!.modelSha256}\`.`,
    `Recipe \`${recipe.name}\`: ${recipe.steps} steps of ${recipe.batchSize} images, ${optimiser}, rate ${recipe.learningRate}` +
      `, ${recipe.warmupSteps} warm-up steps, cosine to 0, start ${recipe.init}, shifts up to ${shift} % of the side.`,
    'The prompt that was best on validation is measured once on test. Percent of test images; 95 % Wilson intervals; p: exact McNemar test.',
    '',
    table(
      ['task', 'template', 'classes', 'train / val / test', 'zero-shot', 'prompted, mean of seeds', 'gain, points'],
      datasets.map((runs, i) => {
        const { title: name, template, classes, images, zeroShot } = runs[0]!
        const sizes = `${images.train} / ${images.val} / ${images.test}`
        const prompted = percent(mean(runs.map((run) => run.prompted.top1)))
        return [name, template, `${classes}`, sizes, interval(zeroShot), prompted, points(gains[i]!)]
      }),
    ),
    '',
    `Mean gain over the tasks: ${points(mean(gains))} points.`,
    '',
    table(
      ['task', 'seed', 'prompted', 'gain', 'fixed', 'broken', 'p', 'best step'],
      rows.map((row) => [
        row.title,
        `${row.seed}`,
        interval(row.prompted),
        points(gain(row)),
        `${row.fixed}`,
        `${row.broken}`,
        row.pValue < 1e-4 ? '< 0.0001' : row.pValue.toFixed(4),
        `${row.bestStep} of ${row.steps}`,
      ]),
    ),
  ].join('\n')
}

async function readOptional(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null)
}

for (const [name, title] of [
  ['three-tasks', 'The three sample tasks'],
  ['own-images', 'Photos and scans that Stamp was not made for'],
] as const) {
  const json = await readOptional(`docs/numbers/${name}.json`)
  if (json !== null) await writeBlock(name, section(title, JSON.parse(json) as Measurement))
}

const classifiers = await readOptional('docs/numbers/classifiers.json')
if (classifiers !== null) {
  await writeBlock('classifiers', classifierSection(JSON.parse(classifiers) as ClassifierRow[]))
}
