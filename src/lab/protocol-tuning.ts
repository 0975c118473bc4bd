/** Test-time prompt tuning of one picture (methods/text/tpt.ts), for everybody to see how it goes. Types only. */

export interface TuningCommands {
  /**
   * Tunes the words of the prompt for a picture, from nothing, and forgets them again. `tuning` events tell how far. Needs a
   * CLIP and classes, no run; refused while a run or a study is at work, and ended with a refusal by whatever begins.
   */
  tunePicture: [TuningQuestion, TuningAnswer]
  /** Ends it; its command is refused then. */
  cancelTuning: [Record<string, never>, Record<string, never>]
}

export interface TuningQuestion {
  /** A file's bytes. */
  readonly picture: Blob
  /** Left and right exchanged, before anything else. */
  readonly mirror: boolean
  /** AugMix on top of crop and mirror. */
  readonly augmix: boolean
}

export interface TuningAnswer {
  /** The sentence that it began from, with "{}" for the class name. */
  readonly sentence: string
  /** Whether these are the words of the task's template, and not the authors'. */
  readonly ownTemplate: boolean
  /** Of every view, in the order they were made, the picture itself first. */
  readonly views: readonly TunedView[]
  /** Views that were kept, most confident first. */
  readonly kept: readonly number[]
  /** Entropy of the kept views' mean answer, nats. */
  readonly entropyBefore: number
  readonly entropyAfter: number
  /** Class probabilities of the picture itself [C], fractions of 1. */
  readonly before: Float32Array
  readonly after: Float32Array
  readonly seconds: number
}

export interface TunedView {
  /** Small: uint8 RGB planes [3,T,T]. */
  readonly pixels: Uint8Array
  /** Of the answer to it before, nats. */
  readonly entropy: number
}

export interface TuningEvent {
  readonly type: 'tuning'
  readonly stage: 'opening' | 'views' | 'encoding' | 'steps'
  readonly done: number
  readonly total: number
}
