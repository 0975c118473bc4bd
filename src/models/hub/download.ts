/**
 * Fetching one file into the store: goes on from a part, tries again when the way is at fault, and keeps nothing that is
 * not what was published.
 */
import { unreachable, UserError } from '../../errors'
import { hasHash, startHash, type FileHash, type Published } from './hash'
import { Rate } from './rate'
import { Broken, requestFile, shortName, type Answer } from './request'
import { FullError, type FileKey, type ModelStore, type PartWriter } from './store'
import { said } from '../../sentence'

/** How the download of one file stands. Several files may be under way. */
export interface DownloadState {
  /** Inside the model's folder, e.g. "onnx/vision_model_fp16.onnx". */
  readonly file: string
  /** Bytes there, those of an earlier part included. */
  readonly loaded: number
  readonly total: number
  /** Smoothed; 0 until it is known. */
  readonly bytesPerSecond: number
  /** Null until a rate is known. */
  readonly etaSeconds: number | null
  /** Whether the download went on from a part of an earlier one. */
  readonly resumed: boolean
}

/** How long to wait for what. */
export interface Patience {
  /** Without a byte for so long a connection is given up, milliseconds. */
  readonly silence: number
  /** Waits before further tries, milliseconds; each byte that comes starts the count anew. */
  readonly pauses: readonly number[]
  /** A server that asks to be left alone for longer is told of at once, milliseconds. */
  readonly longest: number
  /** Between two reports, milliseconds. */
  readonly report: number
}

export const PATIENCE: Patience = { silence: 30_000, pauses: [1000, 2000, 4000, 8000], longest: 120_000, report: 100 }

export interface DownloadJob {
  readonly url: string
  readonly key: FileKey
  readonly published: Published
  readonly store: ModelStore
  readonly signal?: AbortSignal
  readonly onState?: (state: DownloadState) => void
  readonly patience?: Patience
}

/**
 * Makes a file complete in the store. Waits while another tab is writing it, and then finds it there.
 * @throws UserError saying what is wrong: missing, refused, unreachable, wrong content, full disk; the signal's reason
 */
export async function download(job: DownloadJob): Promise<void> {
  const { store, key, signal } = job
  const writer = await store.write(key, signal)
  try {
    if ((await store.find(key))?.complete) return
    await new Download(job, writer).run()
  } finally {
    await writer.close()
  }
}

class Download {
  readonly #patience: Patience
  readonly #cancelled: AbortSignal
  #hash: FileHash | null = null
  /** Length of the file, as far as it is known. */
  #total: number | null
  /** Whether bytes of an earlier call are in use. */
  #resumed: boolean
  #rate = new Rate(seconds())
  #received = 0
  #reported = -Infinity

  constructor(
    private readonly job: DownloadJob,
    private readonly writer: PartWriter,
  ) {
    this.#patience = job.patience ?? PATIENCE
    this.#cancelled = job.signal ?? new AbortController().signal
    this.#total = job.published.bytes
    this.#resumed = writer.bytes > 0
  }

  async run(): Promise<void> {
    for (let failures = 0; ;) {
      const received = this.#received
      try {
        if (await this.#complete()) return
      } catch (error) {
        this.#cancelled.throwIfAborted()
        if (error instanceof FullError) throw this.#full(error)
        if (!(error instanceof Broken)) throw error
        if (this.#received > received) failures = 0
        const pause = this.#patience.pauses[failures++]
        // Who has not answered at all is not there: a long wait would only hide it.
        const alone = this.#received === 0 && error.fault === 'unreachable' && failures > 1
        const asked = error.retryAfter ?? 0
        if (pause === undefined || alone || asked > this.#patience.longest) throw this.#givenUp(error)
        await sleep(Math.max(pause, asked), this.#cancelled)
      }
    }
  }

  /** One try. False when it has to begin anew, because a part of an earlier call was not what was published. */
  async #complete(): Promise<boolean> {
    const { published } = this.job
    await this.#hashPart()
    const whole = published.bytes !== null && this.writer.bytes === published.bytes && hasHash(published)
    if (!whole) await this.#fetchRest()
    const verdict = this.#hash!.finish()
    this.#hash = null
    if (verdict.problem === null) {
      await this.writer.finish(verdict.sha256, verdict.checked)
      this.#report(true)
      return true
    }
    const fromPart = this.#resumed
    await this.#restart(null)
    if (fromPart) return false
    throw this.#wrong(verdict.problem)
  }

  /** Brings the hash to where the part ends; from there on it goes with what is written. */
  async #hashPart(): Promise<void> {
    if (this.#hash) return
    const hash = await startHash(this.job.published)
    await this.writer.replay((chunk) => hash.update(chunk))
    this.#hash = hash
  }

  async #fetchRest(): Promise<void> {
    const silence = new AbortController()
    const signal = AbortSignal.any([this.#cancelled, silence.signal])
    let timer: ReturnType<typeof setTimeout> | undefined
    const listen = () => {
      clearTimeout(timer)
      const { silence: ms } = this.#patience
      timer = setTimeout(() => silence.abort(new Broken('silent', `nothing came for ${ms} ms`)), ms)
    }
    try {
      listen()
      await this.#receive(await this.#open(signal), listen)
    } finally {
      clearTimeout(timer)
    }
  }

  /** The answer to go on with; what is there has then been given up where it does not belong to it. */
  async #open(signal: AbortSignal): Promise<Answer> {
    const { url, published } = this.job
    const from = this.writer.bytes
    // Without a mark to compare or a hash to check, two versions could be put together unnoticed.
    const fits = from > 0 && (this.writer.validator !== null || hasHash(published))
    if (fits) {
      const answer = await requestFile(url, from, signal)
      if (answer?.from === from && sameMark(answer.validator, this.writer.validator) && this.#rightLength(answer)) {
        return answer
      }
      if (answer?.from === 0) return this.#begin(answer)
      await answer?.body.cancel()
    }
    const answer = await requestFile(url, 0, signal)
    if (!answer) throw new Broken('cut', `${url} has no beginning`)
    return this.#begin(answer)
  }

  async #begin(answer: Answer): Promise<Answer> {
    if (!this.#rightLength(answer)) {
      await answer.body.cancel()
      await this.#restart(null)
      throw this.#wrong(`it is ${answer.total} bytes long, and not ${this.job.published.bytes}`)
    }
    await this.#restart(answer.validator)
    return answer
  }

  #rightLength({ total }: Answer): boolean {
    const { bytes } = this.job.published
    return total === null || bytes === null || total === bytes
  }

  async #restart(validator: string | null): Promise<void> {
    await this.writer.restart(validator)
    this.#hash = await startHash(this.job.published)
    this.#resumed = false
  }

  async #receive({ body, total }: Answer, heard: () => void): Promise<void> {
    this.#total = this.job.published.bytes ?? total
    this.#report(true)
    try {
      for (;;) {
        const { done, value } = await readFrom(body)
        if (done) break
        heard()
        const before = this.writer.bytes
        await this.writer.write(value)
        this.#hash!.update(value)
        this.#received += this.writer.bytes - before
        this.#report(false)
        // More than there should be: the hash will say so, and the rest need not be waited for.
        if (this.#total !== null && this.writer.bytes > this.#total) return
      }
    } finally {
      void body.cancel().catch(() => undefined)
    }
    if (this.#total !== null && this.writer.bytes < this.#total) {
      throw new Broken('cut', `${this.writer.bytes} of ${this.#total} bytes came`)
    }
  }

  #report(always: boolean): void {
    const now = seconds()
    this.#rate.update(this.#received, now)
    if (!always && (now - this.#reported) * 1000 < this.#patience.report) return
    this.#reported = now
    const loaded = this.writer.bytes
    const total = Math.max(this.#total ?? loaded, loaded)
    this.job.onState?.({
      file: this.job.key.path,
      loaded,
      total,
      bytesPerSecond: this.#rate.bytesPerSecond,
      etaSeconds: this.#rate.etaSeconds(total - loaded),
      resumed: this.#resumed,
    })
  }

  #wrong(problem: string): UserError {
    const { url } = this.job
    return new UserError(
      said`What came as ${shortName(url)} from ${new URL(url).host} is not the published file: ${problem}. It was thrown away.`,
      'Try once more. If the same comes again, fetch models from another address.',
    )
  }

  #full(cause: FullError): UserError {
    const bytes = inUnits(this.writer.bytes)
    const kept = this.#total === null ? bytes : said`${bytes} of ${inUnits(this.#total)}`
    return new UserError(
      said`There is no more room to keep ${shortName(this.job.url)}: the disk is full, or what the browser allows this page is used up. ${kept} are kept.`,
      'Free disk space, or forget a model that is no longer needed; the download then goes on from there.',
      { cause },
    )
  }

  #givenUp(error: Broken): UserError {
    const { url } = this.job
    if (error.fault === 'unreachable') return unreachable(url, error)
    const { host } = new URL(url)
    const what = {
      busy: said`${host} is busy`,
      silent: said`${host} has fallen silent`,
      cut: said`${host} breaks off again and again`,
    }[error.fault]
    const { retryAfter } = error
    return new UserError(
      said`${what}: ${inUnits(this.writer.bytes)} of ${shortName(url)} have come so far, and are kept.`,
      retryAfter === null
        ? 'Check the network, and try again later: the download goes on from there.'
        : said`It asks to be left alone for ${inTime(retryAfter)}. Try again then: the download goes on from there.`,
      { cause: error },
    )
  }
}

/** Two marks are compared where both are known; the hash tells where they are not. */
const sameMark = (a: string | null, b: string | null): boolean => a === null || b === null || a === b

async function readFrom(body: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await body.read()
  } catch (cause) {
    if (cause instanceof Broken) throw cause
    throw new Broken('cut', 'the connection broke off', { cause })
  }
}

/** 606 MB, 3.7 MB, 46 kB. */
export function inUnits(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`
  return `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`
}

/** 40 seconds, 3 minutes, 2 hours; rounded up, since asking too early is asking in vain. */
function inTime(ms: number): string {
  const units = [[3_600_000, 'hour'], [60_000, 'minute'], [1000, 'second']] as const // prettier-ignore
  const [size, name] = units.find(([one]) => ms >= 2 * one) ?? units[2]
  const count = Math.max(1, Math.ceil(ms / size))
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

const seconds = (): number => performance.now() / 1000

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
