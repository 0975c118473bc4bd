/** A vector drawing as a picture, drawn by the browser: for slides and editors that take no SVG. */

/** Pixels for each unit of the drawing: 560 units become 1680 pixels, a column of print at 300 a inch. */
const SCALE = 3

/** @throws where the browser cannot draw it, or has no memory for its pixels */
export async function svgToPng(svg: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = new OffscreenCanvas(SCALE * image.naturalWidth, SCALE * image.naturalHeight)
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
    return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())
  } finally {
    URL.revokeObjectURL(url)
  }
}
