/** The section of docs/numbers.md about classifiers with published weights. */
import type { Accuracy } from '../../src/evaluation/accuracy'
import type { Recipe } from '../../src/learning/recipe'
import { table } from './block'
import { CLASSIFIER_TASKS } from './classifier-tasks'
import type { ClassifierRow } from './classifiers'

const percent = (fraction: number) => (100 * fraction).toFixed(1)
const interval = ({ top1, ci95 }: Accuracy) => `${percent(top1)} (${percent(ci95[0])} to ${percent(ci95[1])})`
const points = (change: number) => `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)}`

export function classifierSection(rows: readonly ClassifierRow[]): string {
  const [first] = rows
  const models = [...new Map(rows.map((row) => [row.model, row])).values()]
  return [
    '## Classifiers with published weights',
    '',
    `${[...new Set(rows.map(({ date }) => date))].join(', ')}, \`node scripts/run-ts.mjs tools/numbers/classifiers.ts\`, ${first!.engine}, ${first!.cores} cores, Node ${first!.node}.`,
    'The vision-only setting of Bahng et al. 2022: the model knows nothing of the task, class i is its output i, arbitrary as that',
    'is, and only a border is learned. Frozen: the model as it is, by the same outputs. The border that was best on validation is',
    'measured once on test. Percent of test images; 95 % Wilson intervals; p: exact McNemar test. Steps and images at 224 pixels',
    'are as few as the time on a shared processor allowed: these borders are begun, not learned to the end.',
    'That these models give the right answers on real pictures, and that their input gradients are those of tfjs, is tested in',
    '`tests/models/reference-classifiers.slow.test.ts`.',
    '',
    ...models.map(
      ({ modelTitle, modelSha256, imageSize, border, recipe }) =>
        `- ${modelTitle}, ${imageSize} pixels, sha256 \`${modelSha256}\`: border of ${border} pixels, ${describeRecipe(recipe)}.`,
    ),
    '',
    table(
      [
        'model',
        'task',
        'classes',
        'train / val / test',
        'seed',
        'frozen',
        'with border',
        'gain',
        'fixed',
        'broken',
        'p',
        'best step',
      ],
      rows.map((row) => [
        row.modelTitle,
        describeTask(row),
        `${row.classes.length}`,
        `${row.images.train} / ${row.images.val} / ${row.images.test}`,
        `${row.seed}`,
        interval(row.zeroShot),
        interval(row.prompted),
        points(row.prompted.top1 - row.zeroShot.top1),
        `${row.fixed}`,
        `${row.broken}`,
        row.pValue < 1e-4 ? '< 0.0001' : row.pValue.toFixed(4),
        `${row.bestStep} of ${row.steps}, ${row.recipe.batchSize} images each`,
      ]),
    ),
  ].join('\n')
}

/** The data set, and which part of it was taken. */
function describeTask({ task, classes, imagesOfClass }: ClassifierRow): string {
  const { title, classes: all } = CLASSIFIER_TASKS.find(({ id }) => id === task)!
  const parts = [
    classes.length < all ? `its first ${classes.length} classes` : null,
    imagesOfClass === null ? null : `${imagesOfClass} images a class`,
  ]
  return [title, ...parts.filter((part) => part !== null)].join(', ')
}

function describeRecipe({ optimiser, learningRate, shiftFraction }: Recipe): string {
  const how =
    optimiser.kind === 'sgd' ? `SGD, momentum ${optimiser.momentum}` : optimiser.kind === 'adam' ? 'Adam' : 'AdamW'
  return `${how}, rate ${learningRate}, cosine to 0, shifts up to ${Math.round(100 * shiftFraction)} % of the side`
}
