/** Whether something can be learned from arranged pictures, and what a person should know before. */
import type { Arranged } from './arrange'
import { troubleSaid, type Trouble } from '../errors'
import { said } from '../sentence'
import { SPLITS } from './task'

/** One sentence and one remedy, and what kind it is. */
export interface ClassifiedTrouble extends Trouble {
  readonly kind: 'classes' | 'empty' | 'template' | 'names' | 'tiny' | 'unbalanced' | 'leak' | 'unlabelled'
}

/** Fewer training pictures than this are too few to tell learning from luck. */
const TINY = 5
/** Classes of sizes further apart than this are unbalanced. */
const UNBALANCED = 10

/** Names are listed up to here. */
const NAMED = 3

type Arranging = Omit<Arranged, 'problems' | 'warnings'>

export function checkArranged(
  arranged: Arranging,
  template: string,
): { problems: ClassifiedTrouble[]; warnings: ClassifiedTrouble[] } {
  return { problems: problemsOf(arranged, template), warnings: warningsOf(arranged) }
}

function problemsOf({ classes, labels, splits, unlabelled }: Arranging, template: string): ClassifiedTrouble[] {
  const problems: ClassifiedTrouble[] = []
  if (template.split('{}').length !== 2) {
    problems.push({
      kind: 'template',
      ...troubleSaid(
        said`The template "${template}" does not hold {} once, where the name of the class goes.`,
        'Write {} in the place of the name, as in "This is a photo of a {}".',
      ),
    })
  }
  if (classes.length < 2) {
    problems.push({
      kind: 'classes',
      ...troubleSaid(
        classes.length === 0
          ? 'The pictures have no classes yet.'
          : said`There is one class only, "${classes[0]!.name}": there is nothing to tell apart.`,
        unlabelled.length > 0
          ? 'Give the pictures classes under Images, or drop one folder of pictures per class.'
          : 'Add pictures of at least one other class: drop the folder that holds both class folders.',
      ),
    })
    return problems
  }
  const twice = repeated(classes.map(({ name }) => name))
  if (twice.length > 0) {
    problems.push({
      kind: 'names',
      ...troubleSaid(
        said`Two classes are called ${list(twice)}, and the model could not tell them apart.`,
        'Merge them, or give them different names.',
      ),
    })
  }
  const counts = countsOf({ classes, labels, splits })
  for (const [s, split] of SPLITS.entries()) {
    const empty = classes.filter((_, c) => counts[s]![c] === 0).map(({ name }) => name)
    if (empty.length === 0) continue
    const sizes = classes.map((_, c) => counts.reduce((sum, of) => sum + of[c]!, 0))
    const lacking = classes.filter((_, c) => counts[s]![c] === 0 && sizes[c]! < SPLITS.length)
    const [one] = lacking
    problems.push({
      kind: 'empty',
      ...troubleSaid(
        one
          ? tooFew(one.name, sizes[classes.indexOf(one)]!)
          : empty.length === 1
            ? said`The class ${list(empty)} has no picture in the ${split} split.`
            : said`The classes ${list(empty)} have no picture in the ${split} split.`,
        'Give every class at least 3 pictures (twenty or more are better), exclude it, or change the split.',
      ),
    })
    break
  }
  return problems
}

function warningsOf({ classes, labels, splits, leaks, unlabelled }: Arranging): ClassifiedTrouble[] {
  const warnings: ClassifiedTrouble[] = []
  if (classes.length >= 2) {
    const [train] = countsOf({ classes, labels, splits })
    const tiny = classes.filter((_, c) => train![c]! > 0 && train![c]! < TINY).map(({ name }) => name)
    if (tiny.length > 0) {
      warnings.push({
        kind: 'tiny',
        ...troubleSaid(
          said`Fewer than ${TINY} pictures to learn from: ${list(tiny)}.`,
          'What is measured on so few says little; add pictures, or merge or exclude classes.',
        ),
      })
    }
    const [least, most] = [Math.min(...train!), Math.max(...train!)]
    if (least > 0 && most >= UNBALANCED * least) {
      const [small, large] = [classes[train!.indexOf(least)]!.name, classes[train!.indexOf(most)]!.name]
      warnings.push({
        kind: 'unbalanced',
        ...troubleSaid(
          said`The classes are unbalanced: "${large}" has ${most} pictures to learn from, "${small}" ${least}.`,
          'Accuracy will mostly tell about the large ones; a number of shots per class evens the training out.',
        ),
      })
    }
  }
  if (leaks.length > 0) {
    warnings.push({
      kind: 'leak',
      ...troubleSaid(
        leaks.length === 1
          ? 'One group of near-duplicates lies in more than one split.'
          : said`${leaks.length} groups of near-duplicates lie in more than one split.`,
        'Keep near-duplicates in the same split, so that test pictures are new to the border.',
      ),
    })
  }
  if (unlabelled.length > 0 && classes.length >= 2) {
    warnings.push({
      kind: 'unlabelled',
      ...troubleSaid(
        unlabelled.length === 1
          ? 'One picture has no class and takes no part.'
          : said`${unlabelled.length} pictures have no class and take no part.`,
        'Give them a class under Images, or leave them out.',
      ),
    })
  }
  return warnings
}

const tooFew = (name: string, pictures: number) =>
  pictures === 1
    ? said`The class "${name}" has one picture, too few to be split into train, val, test.`
    : said`The class "${name}" has ${pictures} pictures, too few to be split into train, val, test.`

/** [split][class] */
export function countsOf({ classes, labels, splits }: Pick<Arranging, 'classes' | 'labels' | 'splits'>): number[][] {
  const counts = SPLITS.map(() => classes.map(() => 0))
  splits.forEach((s, i) => {
    if (s < SPLITS.length) counts[s]![labels[i]!]!++
  })
  return counts
}

function repeated(names: readonly string[]): string[] {
  const read = names.map((name) => name.toLowerCase().replace(/[_-]/g, ' '))
  return [...new Set(names.filter((_, i) => read.indexOf(read[i]!) !== i))]
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map((name) => `"${name}"`)
  const more = names.length - shown.length
  return shown.join(', ') + (more > 0 ? ` … (+${more})` : '')
}
