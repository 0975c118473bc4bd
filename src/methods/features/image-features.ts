/**
 * Embeddings of the pictures of a split as the frozen encoder gives them: encoded once, for every method that learns on
 * features alone. Kept in memory as long as the split itself, and as plain tensors that can be kept elsewhere.
 *
 * Legend: B rows of a batch, N pictures of a set, D width of the encoder's output.
 */
import { z } from 'zod'
import { openInference, type FrozenGraph } from '../../models/frozen-graph'
import { sha256 } from '../../models/sha256'
import type { ImageSet } from '../../data/task'
import type { Engine, HostTensor, Session } from '../../runtime/engine'
import type { Batch, FitOptions, NamedTensors } from '../method'
import { yieldToMessages } from '../../yield'

/** An encoder of pictures; a `FrozenClassifier` has what is asked. */
export interface ImageEncoder {
  readonly vision: FrozenGraph
  /** Name of the pixels, float32 [B,3,S,S] in the model's own normalised units. */
  readonly input: string
  /** Name of the output, float32 [B,D]: a CLIP's embeddings, a classifier's logits. */
  readonly output: string
  /** S */
  readonly imageSize: number
}

export interface Features {
  /** N */
  readonly count: number
  /** D */
  readonly width: number
  /** float32 [N,D], as the encoder gives them: not normalised. */
  readonly values: Float32Array
}

/** Features with what they are of, for a file or a database. */
export interface PackedFeatures {
  readonly facts: unknown
  readonly tensors: NamedTensors
}

const factsSchema = z.strictObject({
  kind: z.literal('image-features'),
  /** sha256 of the encoder's files, and the output that was read. */
  encoder: z.string(),
  output: z.string(),
  /** sha256 over the digests of the pictures, in their order. */
  images: z.string(),
})

/** What is known of each set, by encoder; it goes when the set does. */
const known = new WeakMap<ImageSet, Map<string, Promise<Features>>>()

export class ImageFeatures {
  #session: Promise<Session> | null = null

  /** @param batches pictures of a set in order, unshifted, of the rows that suit the machine */
  constructor(
    private readonly engine: Engine,
    readonly encoder: ImageEncoder,
    private readonly batches: (set: ImageSet) => Iterable<Batch>,
  ) {}

  /**
   * Features of all pictures of a set, encoded unless they are known. Whoever asks while they are being encoded waits for the
   * same, and its options do not count.
   * @throws UserError where the model's files have changed, or a picture is damaged
   */
  of(set: ImageSet, options: FitOptions = {}): Promise<Features> {
    const ofSet = known.get(set) ?? new Map<string, Promise<Features>>()
    known.set(set, ofSet)
    const there = ofSet.get(this.#key)
    if (there) return there
    const encoding = this.#encodeAll(set, options)
    ofSet.set(this.#key, encoding)
    encoding.catch(() => ofSet.delete(this.#key))
    return encoding
  }

  /** Features float32 [count,D] of a batch: looked up where its pictures are those of a set as they are, else encoded. */
  async ofBatch(batch: Batch): Promise<Float32Array> {
    const { source } = batch
    return source?.unchanged ? gatherRows(await this.of(source.set), source.indices) : this.encode(batch)
  }

  /** Features float32 [count,D] of a batch, encoded now. */
  async encode({ pixels, count }: Batch): Promise<Float32Array> {
    const session = await (this.#session ??= openInference(this.engine, this.encoder.vision))
    const size = 3 * this.encoder.imageSize ** 2
    // An export that takes so many pictures and no other number is given them in parts.
    const rows = this.#fixedRows ?? count
    const parts: Float32Array[] = []
    for (let from = 0; from < count; from += rows) {
      const part = new Float32Array(rows * size)
      part.set(pixels.subarray(from * size, Math.min(count, from + rows) * size))
      parts.push(await this.#run(session, part, rows))
    }
    return parts.length === 1 ? parts[0]!.slice(0, (count * parts[0]!.length) / rows) : joined(parts, count, rows)
  }

  /** The features of a set as they can be kept; null where they are not known. */
  async packed(set: ImageSet): Promise<PackedFeatures | null> {
    const features = await known.get(set)?.get(this.#key)
    if (!features) return null
    const { count, width, values } = features
    return { facts: await this.#facts(set), tensors: { features: { dims: [count, width], data: values } } }
  }

  /** Takes features that were kept. @returns false, and takes nothing, where they are of other pictures or another encoder */
  async restore(set: ImageSet, { facts, tensors: { features } }: PackedFeatures): Promise<boolean> {
    const parsed = factsSchema.safeParse(facts)
    const expected = await this.#facts(set)
    if (!parsed.success || JSON.stringify(parsed.data) !== JSON.stringify(expected) || !features) return false
    const [count, width] = features.dims
    if (count !== set.count || width === undefined || features.data.length !== count * width) return false
    const ofSet = known.get(set) ?? new Map<string, Promise<Features>>()
    known.set(set, ofSet.set(this.#key, Promise.resolve({ count, width, values: features.data })))
    return true
  }

  /** Lets the session go; features that are known stay. */
  async dispose(): Promise<void> {
    const session = this.#session
    this.#session = null
    await (await session)?.dispose()
  }

  async #encodeAll(set: ImageSet, { onProgress, signal }: FitOptions): Promise<Features> {
    let values: Float32Array | null = null
    let [width, done] = [0, 0]
    for (const batch of this.batches(set)) {
      signal?.throwIfAborted()
      const rows = await this.encode(batch)
      width = rows.length / batch.count
      values ??= new Float32Array(set.count * width)
      values.set(rows, done * width)
      done += batch.count
      onProgress?.(done, set.count)
      await yieldToMessages()
    }
    if (done !== set.count) throw new Error(`batches of ${done} pictures came for a set of ${set.count}`)
    return { count: set.count, width, values: values ?? new Float32Array(0) }
  }

  async #run(session: Session, data: Float32Array, rows: number): Promise<Float32Array> {
    const { input, output, imageSize: S } = this.encoder
    const feeds: Record<string, HostTensor> = { [input]: { dtype: 'float32', dims: [rows, 3, S, S], data } }
    // A copy: the tensor's own memory is freed with the run.
    return session.run(feeds, async (outputs) => Float32Array.from(await outputs[output]!.data<'float32'>()), [output])
  }

  get #fixedRows(): number | null {
    const { vision, input } = this.encoder
    const dim = vision.outline.graph.inputs.find(({ name }) => name === input)?.dims?.[0]
    return typeof dim === 'number' && dim > 0 ? dim : null
  }

  get #key(): string {
    return `${this.encoder.vision.sha256}/${this.encoder.output}`
  }

  async #facts({ digests }: ImageSet): Promise<z.infer<typeof factsSchema>> {
    const images = await sha256(new TextEncoder().encode(digests.join('\n')))
    return { kind: 'image-features', encoder: this.encoder.vision.sha256, output: this.encoder.output, images }
  }
}

/** The rows named, [indices,D]. */
export function gatherRows({ values, width }: Features, indices: ArrayLike<number>): Float32Array {
  const rows = new Float32Array(indices.length * width)
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row]! * width
    rows.set(values.subarray(from, from + width), row * width)
  }
  return rows
}

/** Each row of [N,D] brought to unit length; a row of zeros stays one. */
export function normalisedRows(values: Float32Array, width: number): Float32Array {
  const unit = new Float32Array(values.length)
  for (let start = 0; start < values.length; start += width) {
    let sum = 0
    for (let i = start; i < start + width; i++) sum += values[i]! ** 2
    const norm = Math.sqrt(sum)
    if (norm > 0) for (let i = start; i < start + width; i++) unit[i] = values[i]! / norm
  }
  return unit
}

function joined(parts: readonly Float32Array[], count: number, rows: number): Float32Array {
  const width = (parts[0]?.length ?? 0) / rows
  const all = new Float32Array(parts.length * rows * width)
  parts.forEach((part, i) => all.set(part, i * rows * width))
  return all.slice(0, count * width)
}
