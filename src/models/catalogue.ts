/** What people read of the models that come with the program. */

export interface EmbeddedModel {
  /** Name of its folder under `models/`. */
  readonly id: string
  readonly title: string
  /** SPDX name. */
  readonly licence: string
  /** S: side of the square input, pixels. */
  readonly imageSize: number
  /** Of its two towers. */
  readonly bytes: number
}

export const EMBEDDED: readonly EmbeddedModel[] = [
  { id: 'stamp', title: 'Stamp', licence: 'Apache-2.0', imageSize: 64, bytes: 7_082_926 },
]

/** The title of a model by the name of its folder; a model from elsewhere is called what its folder is called. */
export const modelTitle = (name: string): string => EMBEDDED.find(({ id }) => id === name)?.title ?? name
