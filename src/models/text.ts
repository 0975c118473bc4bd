/**
 * Classes as CLIP's text tower sees them: names into a template, embedded once, normalised, scaled (Radford et al. 2021,
 * section 3.1.2; the cleaning of names is that of the visual-prompting reference code, `main_clip.py`).
 */
import type { Engine, HostTensor, Session } from '../runtime/engine'
import type { Clip } from './clip'

/** Prompts of one run of the text tower: bounds its memory, whatever the number of classes. */
const PROMPTS_PER_RUN = 64

/** Lower case, with "_" and "-" as spaces. */
export function cleanClassName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, ' ')
}

/** The template with the cleaned name in place of `{}`. */
export function fillTemplate(template: string, name: string): string {
  return template.replace('{}', () => cleanClassName(name))
}

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
  const session = await engine.createSession(clip.textBytes)
  try {
    const embeddings = new Float32Array(texts.length * clip.projectionDim)
    for (let from = 0; from < texts.length; from += PROMPTS_PER_RUN) {
      const part = await runTower(session, clip, texts.slice(from, from + PROMPTS_PER_RUN))
      embeddings.set(part, from * clip.projectionDim)
    }
    return embeddings
  } finally {
    await session.dispose()
  }
}

async function runTower(session: Session, clip: Clip, texts: readonly string[]): Promise<Float32Array> {
  const { ids, attentionMask, length } = clip.tokenizer.encodeBatch(texts)
  const dims = [texts.length, length]
  const feeds: Record<string, HostTensor> = { input_ids: { dtype: 'int64', dims, data: ids } }
  if (clip.textModel.graph.inputs.some(({ name }) => name === 'attention_mask')) {
    feeds.attention_mask = { dtype: 'int64', dims, data: attentionMask }
  }
  const embeddings = await session.run(feeds, (outputs) => outputs.text_embeds!.data(), ['text_embeds'])
  if (embeddings.length !== texts.length * clip.projectionDim) {
    throw new Error(`text_embeds holds ${embeddings.length} values, not ${texts.length} x ${clip.projectionDim}`)
  }
  // A copy: the tensor's own memory is freed with the run.
  return Float32Array.from(embeddings)
}
