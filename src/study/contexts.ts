/** Learned words in a study: those a method begins from, and which words of the vocabulary they are nearest to. */
import { UserError } from '../errors'
import { nearestWords } from '../methods/text/nearest-words'
import type { LearnedContext } from '../methods/text/learned-context'
import type { ContextPosition } from '../prompts/context-layout'
import { said } from '../sentence'
import type { StudyBench } from './bench'
import type { TrainOptions } from './contenders'

export interface StudyContext extends LearnedContext {
  readonly position: ContextPosition
}

/** What a file holds. */
export interface GivenContext extends LearnedContext {
  /** null where the file does not say. */
  readonly position: ContextPosition | null
  /** Of the file's bytes, hex. */
  readonly sha256: string
}

export type OpenContext = (file: string) => Promise<GivenContext>

export interface ContextRequest {
  readonly label: string
  readonly file: string
  /** What it must have been learned by; either will do where it is absent. */
  readonly method?: LearnedContext['method']
  /** Where the class name stands; as the file says, or at the end, where it is absent. */
  readonly position?: ContextPosition | undefined
}

const NAMES = { coop: 'CoOp', cocoop: 'CoCoOp' } as const

/** @throws UserError where there are no files here, or it holds what another method has learned */
export async function givenContext(request: ContextRequest, { openContext }: TrainOptions): Promise<StudyContext> {
  const { label, file, method, position } = request
  if (!openContext) {
    throw new UserError(
      said`"${label}" begins from the file "${file}", and no files can be read here.`,
      'Run this study on the command line: npm run study.',
    )
  }
  const given = await openContext(file)
  if (method !== undefined && given.method !== method) {
    throw new UserError(
      said`"${file}" holds what ${NAMES[given.method]} has learned, and "${label}" is ${NAMES[method]}.`,
      said`Make it ${NAMES[given.method]} in the study, or name another file.`,
    )
  }
  return { method: given.method, parameters: given.parameters, position: position ?? given.position ?? 'end' }
}

export interface Word {
  /** As the tokenizer spells it; "#" and its number where that cannot be read. */
  readonly word: string
  /** Euclidean, in the space of token embeddings. */
  readonly distance: number
}

/** Words of each place. */
const MOST = 3

/**
 * The words nearest to each place of a context that all classes share (of CoCoOp: before a picture has shifted it), nearest
 * first; null of one that each class has its own, as in its authors' code, or where the model reads no text.
 */
export async function wordsOf({ engine, model }: StudyBench, { parameters }: StudyContext): Promise<Word[][] | null> {
  const { ctx } = parameters
  if (model.kind !== 'clip' || ctx?.dims.length !== 2) return null
  const found = await nearestWords(engine, model, ctx, MOST)
  return found.map((place) => place.map(({ distance, id, word }) => ({ word: shown(word, id), distance })))
}

/** A token of letters and signs as it is; part of a letter's bytes, or a blank, by its number. */
const shown = (word: string, id: number) =>
  /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u.test(word) && !word.includes('\ufffd') ? word : `#${id}`
