/**
 * What a platform must offer to turn an image file into pixels. Two implementations: `decode-node.ts` (sharp) and
 * `decode-browser.ts` (createImageBitmap). Neither is imported here, so a bundle takes only the one it needs.
 *
 * Both give the same bytes of the same file; what each kind of file becomes is listed in docs/decisions/decoding.md.
 */

/** Interleaved RGB, uint8 [height, width, 3]. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

export type Background = 'white' | 'black'

export interface Decoder {
  /** Lower-case file extensions, without the dot, that this platform reads. */
  readonly extensions: ReadonlySet<string>
  /**
   * Throws when the bytes are not an image that this platform reads; the message is for the list of skipped files.
   * @param background what transparency is laid over; white unless said
   */
  decode(bytes: Uint8Array, background?: Background): Promise<RgbImage>
}

/** A picture of more pixels than this is skipped: it would need more than 300 MB while it is resized. */
export const MAX_PIXELS = 100_000_000
