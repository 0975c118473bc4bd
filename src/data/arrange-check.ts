/** Whether something can be learned from arranged pictures, and what a person should know before. */
import type { Arranged } from './arrange'
import { SPLITS } from './task'

/** One sentence and one remedy, and what kind it is. */
export interface ClassifiedTrouble {
  readonly kind: 'classes' | 'empty' | 'template' | 'names' | 'tiny' | 'unbalanced' | 'leak' | 'unlabelled'
  readonly message: string
  readonly remedy: string
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
      message: `The template "${template}" does not hold {} once, where the name of the class goes.`,
      remedy: 'Write {} in the place of the name, as in "This is a photo of a {}".',
    })
  }
  if (classes.length < 2) {
    problems.push({
      kind: 'classes',
      message:
        classes.length === 0
          ? 'The pictures have no classes yet.'
          : `There is one class only, "${classes[0]!.name}": there is nothing to tell apart.`,
      remedy:
        unlabelled.length > 0
          ? 'Give the pictures classes under Images, or drop one folder of pictures per class.'
          : 'Add pictures of at least one other class: drop the folder that holds both class folders.',
    })
    return problems
  }
  const twice = repeated(classes.map(({ name }) => name))
  if (twice.length > 0) {
    problems.push({
      kind: 'names',
      message: `Two classes are called ${list(twice)}, and the model could not tell them apart.`,
      remedy: 'Merge them, or give them different names.',
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
      message: one
        ? `The class "${one.name}" has ${counted(sizes[classes.indexOf(one)]!)}, too few to be split into train, val, test.`
        : `${empty.length === 1 ? `The class ${list(empty)} has` : `The classes ${list(empty)} have`} no picture in the ${split} split.`,
      remedy: 'Give every class at least 3 pictures (twenty or more are better), exclude it, or change the split.',
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
        message: `Fewer than ${TINY} pictures to learn from: ${list(tiny)}.`,
        remedy: 'What is measured on so few says little; add pictures, or merge or exclude classes.',
      })
    }
    const [least, most] = [Math.min(...train!), Math.max(...train!)]
    if (least > 0 && most >= UNBALANCED * least) {
      const [small, large] = [classes[train!.indexOf(least)]!.name, classes[train!.indexOf(most)]!.name]
      warnings.push({
        kind: 'unbalanced',
        message: `The classes are unbalanced: "${large}" has ${most} pictures to learn from, "${small}" ${least}.`,
        remedy: 'Accuracy will mostly tell about the large ones; a number of shots per class evens the training out.',
      })
    }
  }
  if (leaks.length > 0) {
    warnings.push({
      kind: 'leak',
      message: `${leaks.length === 1 ? 'One group' : `${leaks.length} groups`} of near-duplicates lie in more than one split.`,
      remedy: 'Keep near-duplicates in the same split, so that test pictures are new to the border.',
    })
  }
  if (unlabelled.length > 0 && classes.length >= 2) {
    warnings.push({
      kind: 'unlabelled',
      message: `${counted(unlabelled.length)} ${unlabelled.length === 1 ? 'has' : 'have'} no class and take no part.`,
      remedy: 'Give them a class under Images, or leave them out.',
    })
  }
  return warnings
}

/** [split][class] */
export function countsOf({ classes, labels, splits }: Pick<Arranging, 'classes' | 'labels' | 'splits'>): number[][] {
  const counts = SPLITS.map(() => classes.map(() => 0))
  splits.forEach((s, i) => {
    if (s < SPLITS.length) counts[s]![labels[i]!]!++
  })
  return counts
}

function repeated(names: readonly string[]): string[] {
  const said = names.map((name) => name.toLowerCase().replace(/[_-]/g, ' '))
  return [...new Set(names.filter((_, i) => said.indexOf(said[i]!) !== i))]
}

const counted = (n: number): string => (n === 1 ? 'one picture' : `${n} pictures`)

function list(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map((name) => `"${name}"`)
  const more = names.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
