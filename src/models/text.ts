/**
 * Classes as CLIP's text tower sees them: names into a template, embedded once, normalised, scaled (Radford et al. 2021,
 * section 3.1.2; the cleaning of names is that of the visual-prompting reference code, `main_clip.py`).
 */
import { UserError } from '../errors'
import type { Engine, HostTensor, Session } from '../runtime/engine'
import { fillTemplate } from './class-names'
import type { Clip } from './clip'
import { openInference, type FrozenGraph } from './frozen-graph'
import { yieldToMessages } from '../yield'

/** Texts that are run together whatever they take, and of a tower whose memory cannot be reckoned. */
const PROMPTS_PER_RUN = 64

/**
 * Class embeddings as the loss head takes them.
 * @param names C class names
 * @returns float32 [D,C]: unit-norm text features x exp(logit scale), so that logits = unit-norm image features · this
 */
export async function encodeClasses(
  engine: Engine,
  clip: Clip,
  template: string,
  names: readonly string[],
): Promise<Float32Array> {
  const prompts = names.map((name) => fillTemplate(template, name))
  const embeddings = await encodeTexts(engine, clip, prompts)
  const D = clip.projectionDim
  const C = names.length
  const scale = Math.exp(clip.logitScale)
  const classes = new Float32Array(D * C)
  for (let c = 0; c < C; c++) {
    const row = embeddings.subarray(c * D, (c + 1) * D)
    const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
    if (!(norm > 0)) throw new Error(`the text embedding of "${prompts[c]}" has norm ${norm}`)
    row.forEach((x, d) => (classes[d * C + c] = (x / norm) * scale))
  }
  return classes
}

/** Text embeddings float32 [texts, D] as the tower gives them, not normalised. The session lives only as long. */
export async function encodeTexts(engine: Engine, clip: Clip, texts: readonly string[]): Promise<Float32Array> {
  const tower = await openTextTower(engine, clip)
  try {
    return await tower.encode(texts)
  } finally {
    await tower.dispose()
  }
}

/** The text tower with its session. */
export interface OpenTextTower {
  /**
   * Embeddings float32 [texts, D], not normalised. Texts of like lengths run together, at the length of the longest.
   * @param onRun told the number of texts done after each run; what it throws ends the encoding
   */
  encode(texts: readonly string[], onRun?: (done: number) => void): Promise<Float32Array>
  dispose(): Promise<void>
}

/** @param budget live memory beside the weights that a run may take, bytes */
export async function openTextTower(engine: Engine, clip: Clip, budget = RUN_BUDGET): Promise<OpenTextTower> {
  const session = await openInference(engine, clip.text)
  const D = clip.projectionDim
  return {
    async encode(texts, onRun) {
      const [rows, fixedLength] = fixedShape(clip)
      const shorten = fixedLength === null && (await mayShorten(session, clip, texts))
      const length = shorten ? undefined : (fixedLength ?? clip.tokenizer.contextLength)
      const inOneRun = rows === null && texts.length <= PROMPTS_PER_RUN
      // Letters stand for tokens, of which long texts have more.
      const order = [...texts.keys()]
      if (shorten && !inOneRun) order.sort((a, b) => texts[b]!.length - texts[a]!.length || a - b)
      const embeddings = new Float32Array(texts.length * D)
      for (let from = 0; from < order.length;) {
        const longest = length ?? clip.tokenizer.encode(texts[order[from]!]!).length
        const perRun = rows ?? (inOneRun ? PROMPTS_PER_RUN : rowsWithin(engine, clip, longest, budget))
        const part = order.slice(from, from + perRun)
        // A tower that takes so many texts and no other number is given the last one again.
        const padding = Array.from({ length: (rows ?? part.length) - part.length }, () => part.at(-1)!)
        const run = [...part, ...padding].map((i) => texts[i]!)
        const found = await runTower(session, clip, run, length)
        part.forEach((i, row) => embeddings.set(found.subarray(row * D, (row + 1) * D), i * D))
        from += part.length
        onRun?.(from)
        await yieldToMessages()
      }
      return embeddings
    },
    dispose: () => session.dispose(),
  }
}

/** Live memory beside the weights that a run of texts may take, bytes, as that of a training step. */
const RUN_BUDGET = 0.3e9
/** More texts in a run save no time. */
const MOST_PER_RUN = 256
/** Texts that memory is reckoned with; more need proportionally more. */
const RECKONED = 8

/** What a text of so many tokens takes, bytes, by tower and length. */
const reckoned = new WeakMap<FrozenGraph, Map<number, number | null>>()

/** Texts of so many tokens that a run may hold; as many as ever where a graph cannot be reckoned. */
function rowsWithin(engine: Engine, { text }: Clip, tokens: number, budget: number): number {
  const known = reckoned.get(text) ?? new Map<number, number | null>()
  reckoned.set(text, known)
  if (!known.has(tokens)) known.set(tokens, bytesPerText(engine, text, tokens))
  const bytes = known.get(tokens)
  return bytes ? Math.min(MOST_PER_RUN, Math.max(1, Math.floor(budget / bytes))) : PROMPTS_PER_RUN
}

function bytesPerText(engine: Engine, { outline }: FrozenGraph, tokens: number): number | null {
  const inputs = outline.graph.inputs.map((input) => ({ ...input, dims: [RECKONED, tokens] }))
  try {
    return engine.reckon({ ...outline, graph: { ...outline.graph, inputs } }).activations / RECKONED
  } catch {
    return null
  }
}

/** What a tower demands of the shape of its texts. */
export interface TextShape {
  /** Texts of a run; null where any number will do. */
  readonly rows: number | null
  /** Tokens of a text; null where it may be as short as it is. */
  readonly tokens: number | null
}

/** @param texts to try with, where it is not known yet whether the tower's texts may be short */
export async function textShape(engine: Engine, clip: Clip, texts: readonly string[]): Promise<TextShape> {
  const [rows, tokens] = fixedShape(clip)
  if (tokens !== null) return { rows, tokens }
  const session = shortens.has(clip.text) ? null : await openInference(engine, clip.text)
  try {
    const shorten = session ? await mayShorten(session, clip, texts) : shortens.get(clip.text)!
    return { rows, tokens: shorten ? null : clip.tokenizer.contextLength }
  } finally {
    await session?.dispose()
  }
}

/** Texts of a run and tokens of a text, where the export has fixed them; null where it has not. */
function fixedShape({ text }: Clip): readonly [number | null, number | null] {
  const dims = text.outline.graph.inputs.find(({ name }) => name === 'input_ids')?.dims
  const fixed = (axis: number) => {
    const dim = dims?.[axis]
    return typeof dim === 'number' && dim > 0 ? dim : null
  }
  return [fixed(0), fixed(1)]
}

/**
 * How far (relative, L2) an embedding may move with the padding behind its text. A causal tower's does not move at all on
 * onnxruntime-node (12 layers of width 512: bit for bit the same); kernels that round differently for another length are
 * given this much room, float16 included.
 */
const PADDING_TOLERANCE = 1e-3

/** What was found out about towers, by model. */
const shortens = new WeakMap<FrozenGraph, boolean>()

/**
 * Whether the tower gives a text the same embedding without the padding up to its context: true for a causal tower that
 * pools at the end token, as CLIP's. Tried on one text, since a graph does not say so; then remembered.
 */
async function mayShorten(session: Session, clip: Clip, texts: readonly string[]): Promise<boolean> {
  const known = shortens.get(clip.text)
  if (known !== undefined) return known
  const text = texts.find((one) => clip.tokenizer.encode(one).length < clip.tokenizer.contextLength)
  // Every text fills the context: nothing to try, and nothing to gain.
  if (text === undefined) return false
  const full = await runTower(session, clip, [text], clip.tokenizer.contextLength)
  let verdict = false
  try {
    verdict = relativeDistance(await runTower(session, clip, [text]), full) < PADDING_TOLERANCE
  } catch (error) {
    // An export whose inside is made for its full context refuses any other; a lost device is not its fault.
    if (error instanceof UserError) throw error
  }
  shortens.set(clip.text, verdict)
  return verdict
}

function relativeDistance(a: Float32Array, b: Float32Array): number {
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))
  return norm(a.map((value, i) => value - b[i]!)) / norm(b)
}

async function runTower(
  session: Session,
  clip: Clip,
  texts: readonly string[],
  tokens?: number,
): Promise<Float32Array> {
  const { ids, attentionMask, length } = clip.tokenizer.encodeBatch(texts, tokens)
  const dims = [texts.length, length]
  const feeds: Record<string, HostTensor> = { input_ids: { dtype: 'int64', dims, data: ids } }
  if (clip.text.outline.graph.inputs.some(({ name }) => name === 'attention_mask')) {
    feeds.attention_mask = { dtype: 'int64', dims, data: attentionMask }
  }
  const embeddings = await session.run(feeds, (outputs) => outputs.text_embeds!.data(), ['text_embeds'])
  if (embeddings.length !== texts.length * clip.projectionDim) {
    throw new Error(`text_embeds holds ${embeddings.length} values, not ${texts.length} x ${clip.projectionDim}`)
  }
  // A copy: the tensor's own memory is freed with the run.
  return Float32Array.from(embeddings)
}
