/** Rectangles of images [3,S,S] in host memory, which the parts of prompts are cut from. */
import type { HostTensor } from './design'

export interface Part {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** A copy as [1,3,height,width]. */
export function cutOut(image: Float32Array, imageSize: number, { top, left, height, width }: Part): HostTensor {
  const data = new Float32Array(3 * height * width)
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      const from = (c * imageSize + top + y) * imageSize + left
      data.set(image.subarray(from, from + width), (c * height + y) * width)
    }
  }
  return { dims: [1, 3, height, width], data }
}
