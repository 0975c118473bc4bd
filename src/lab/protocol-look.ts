/** Any picture, for a look at what the border does to it: no part of a task, kept nowhere. Types only. */

export interface LookCommands {
  /**
   * Cuts a picture as the model wants it and asks for its classes, bare and bordered. Between two steps while learning goes on.
   * Refused with a sentence where it does not decode.
   */
  look: [LookQuestion, Look]
}

export interface LookQuestion {
  /** A file's bytes, or a frame of a video, which the lab closes. */
  readonly picture: Blob | ImageBitmap
  /** Left and right exchanged, before the border is laid on. */
  readonly mirror: boolean
  /** 1 = as learned. */
  readonly strength: number
  /** Parameters of a keyframe instead of the present ones. */
  readonly at?: number
}

export interface Look {
  /** As the model is given it, bare: uint8 RGB planes [3,S,S]. */
  readonly pixels: Uint8Array
  /** Class probabilities [C], fractions of 1. */
  readonly zeroShot: Float32Array
  readonly prompted: Float32Array
  /** The part of the picture that these pixels are of. */
  readonly region: Region
}

/** In shares of the picture's width and height, from its top left corner. */
export interface Region {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}
