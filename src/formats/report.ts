/** A Markdown report of one run: what it came to on which images, class by class, and everything that it takes to do it again. */
import { compareAnswers } from '../evaluation/comparison'
import type { ClassChange } from '../evaluation/per-class'
import type { RunRecord } from '../records/run-record'
import { textOf } from '../sentence'
import type { RunCommand } from './command-line'
import { accuracyText, code, codeBlock, percent, plainText, points, pValueText, table } from './markdown'
import { imagesPerSecond, type MeasuredRun } from './metrics-file'

export interface WrittenOptions {
  /** When it is written, ISO 8601. */
  readonly writtenAt: string
}

export interface ReportOptions extends WrittenOptions {
  /** The same run on the command line; null where it learned nothing. */
  readonly command: RunCommand | null
}

/** @throws Error where predictions are not those of the run's classes */
export function runReport(run: MeasuredRun, { writtenAt, command }: ReportOptions): string {
  const { record } = run
  return document([
    `# ${plainText(titleOf(record))}`,
    `Written by Passepartout on ${plainText(writtenAt)}.`,
    ...testSection(run),
    ...validationSection(record),
    ...classSection(run),
    '## How it was made',
    provenanceTable(record),
    ...commandSection(command),
    HOW_TO_READ,
  ])
}

export const document = (blocks: readonly string[]): string => `${blocks.join('\n\n')}\n`

/** What a run is called: by the person, or after its data and recipe. */
export const titleOf = ({ name, recipe, seed, task }: RunRecord): string =>
  name ?? `${task.title}, ${recipe.name}, seed ${seed}`

/** What stands beside the border's figures: nothing learned. */
export const beforeName = ({ model }: RunRecord): string => (model.kind === 'clip' ? 'zero-shot' : 'frozen model')

export const HOW_TO_READ = `## How to read this

Intervals are 95 % Wilson score intervals; McNemar's test is exact and two-sided, on the images that one side got right and
the other wrong. The border was chosen by its accuracy on the validation split; the test split was measured once, after
learning had ended. Points are percentage points.`

function testSection({ record, test }: MeasuredRun): string[] {
  const { outcome, task } = record
  if (!outcome)
    return [
      '## Test split',
      `Not measured: the run is ${record.state} at step ${record.step} of ${record.recipe.steps}.`,
    ]
  const { bestStep, broken, fixed, prompted, pValue, stoppedEarly, zeroShot } = outcome
  const lines = [
    '## Test split',
    table(
      ['', `accuracy on the test split of ${plainText(task.title)}`],
      [
        [beforeName(record), accuracyText(zeroShot)],
        ['with the border', accuracyText(prompted)],
        ['difference', `${points(prompted.top1 - zeroShot.top1)} points`],
      ],
    ),
    `The border of step ${bestStep} fixed ${fixed} images and broke ${broken} (McNemar ${pValueText(pValue)}).${stoppedEarly ? ' Learning was stopped early.' : ''}`,
  ]
  if (test) {
    const { after, before } = compareAnswers(test.labels, task.classes.length, test.zeroShot, test.prompted)
    lines.push(
      `Expected calibration error on the test split (15 bins): ${beforeName(record)} ${percent(before.ece)}, with the border ${percent(after.ece)}.`,
    )
  }
  return lines
}

function validationSection(record: RunRecord): string[] {
  const { best, zeroShot } = record
  if (!zeroShot && !best) return []
  return [
    '## Validation split',
    table(
      ['', 'accuracy on the validation split'],
      [
        ...(zeroShot ? [[beforeName(record), accuracyText(zeroShot)]] : []),
        ...(best ? [[`with the border of step ${best.step}, the best`, accuracyText(best.accuracy)]] : []),
      ],
    ),
    'The border was chosen by these images, so this accuracy is too good by as much as chance gave; the test split tells.',
  ]
}

function classSection({ record, test }: MeasuredRun): string[] {
  if (!test) return []
  const { classes } = record.task
  const { perClass } = compareAnswers(test.labels, classes.length, test.zeroShot, test.prompted)
  const cells = ({ adjusted, after, before, broken, difference, fixed, label }: ClassChange) => [
    plainText(classes[label]!.name),
    String(before.total),
    accuracyText(before),
    accuracyText(after),
    points(difference),
    String(fixed),
    String(broken),
    before.total === 0 ? '' : pValueText(adjusted),
  ]
  return [
    '## Class by class, on the test split',
    table(
      [
        'class',
        'images',
        beforeName(record),
        'with the border',
        'points',
        'fixed',
        'broken',
        'McNemar, Holm-corrected',
      ],
      perClass.map(cells),
    ),
  ]
}

/** Everything that decides the numbers above. */
export function provenanceTable(record: RunRecord): string {
  const { engine, engineDescription, model, outcome, outputLabels, outputs, recipe, seed, task } = record
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)
  const speed = imagesPerSecond(record)
  const rows: (readonly [string, string])[] = [
    ['model', `${plainText(model.title)} (${model.kind}${model.variant ? `, ${model.variant}` : ''}, ${model.origin}: ${plainText(model.id)})`],
    ['sha256 of its graphs and weights', code(model.sha256)],
    ['images', `${model.imageSize} x ${model.imageSize} pixels, mean ${model.mean.join(', ')}, std ${model.std.join(', ')}`],
    ['data', plainText(task.title)],
    ['fingerprint of classes, labels and pixels', code(task.fingerprint)],
    ['classes', task.classes.map(({ name }) => plainText(name)).join(', ')],
    ...(model.kind === 'clip'
      ? [['template', code(task.template)] as const]
      : [['outputs of the classifier', (outputs ?? []).map((output, i) => `${output} ${plainText(outputLabels?.[i] ?? '')}`).join(', ')] as const]),
    ['split', `${total(task.counts.train)} to learn from, ${total(task.counts.val)} to validate, ${total(task.counts.test)} to test; ${task.splitSeed === null ? 'as it came with the images' : `drawn with seed ${task.splitSeed}`}`],
    ['seed', String(seed)],
    ['recipe', `${plainText(recipe.name)}: ${code(JSON.stringify(recipe))}`],
    ['border', `${record.border} pixels, ${record.parameterCount} learned numbers`],
    ['steps', `${record.step} of ${recipe.steps}`],
    ['engine', `${engine}: ${plainText(engineDescription)}`],
    ['time', `${record.seconds.toFixed(1)} s at work, ${(1000 * record.secondsPerStep).toFixed(0)} ms a step${speed === null ? '' : `, ${speed.toFixed(1)} images/s`}`],
    ...(outcome
      ? [['frozen weights', outcome.frozenSha256Before === outcome.frozenSha256After ? `unchanged, sha256 ${code(outcome.frozenSha256After)} before and after` : `**changed**: ${code(outcome.frozenSha256Before)} before, ${code(outcome.frozenSha256After)} after`] as const]
      : []),
    ['run', `${code(record.id)}, begun ${plainText(record.createdAt)}${record.kind === 'transfer' ? `; nothing was learned, its border is that of ${code(record.origin ?? '')}` : ''}`],
  ] // prettier-ignore
  return table(['', ''], rows, 'facts')
}

function commandSection(made: RunCommand | null): string[] {
  if (!made) return []
  return [
    '## The same run on the command line',
    codeBlock(made.command, 'sh'),
    ...made.notes.map((note) => `- ${plainText(textOf(note))}`),
  ]
}
