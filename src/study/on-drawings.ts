/** Methods of a study that draw on the pictures and learn nothing. */
import { encodeClasses } from '../models/text'
import { DrawnPrompt } from '../methods/drawn-prompt'
import { DRAWN_MARKS } from '../methods/drawn-settings'
import { TextEnsemble } from '../methods/features/text-ensemble'
import type { Method } from '../methods/method'
import { MOST_ROWS } from '../methods/training-memory'
import { ZeroShot } from '../methods/zero-shot'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained } from './contenders'
import { clipOf } from './on-text'

export async function openDrawn(
  bench: StudyBench,
  { label: _, method: __, preset = 'red-circle', template, ...settings }: ContenderOf<'drawn'>,
): Promise<Trained> {
  const { answering, rows } = await answeringBy(bench, template)
  const method = new DrawnPrompt(answering, { ...DRAWN_MARKS[preset], ...settings }, bench.model)
  return { method, rows, steps: 0, chosen: {} }
}

/** By the task's own template, or by one that names the mark. */
async function answeringBy(bench: StudyBench, template?: string): Promise<{ answering: Method; rows: number }> {
  if (template === undefined) {
    const classifier = await bench.classifier(Infinity)
    return { answering: new ZeroShot(classifier), rows: classifier.batchSize }
  }
  const clip = clipOf(bench, 'A template of its own')
  const names = bench.task.classes.map(({ name }) => name)
  const embeddings = await encodeClasses(bench.engine, clip, template, names)
  return { answering: new TextEnsemble(await bench.encoder(), [embeddings], names.length), rows: MOST_ROWS }
}
