/**
 * Model files behind an address, fetched with progress: of the models that come with the program, whose server may be gone
 * when their weights are read again.
 */
import { unreachable, UserError } from '../errors'
import type { ModelFiles, OnBytes } from './files'
import { said } from '../sentence'

/** @param base address of the model's folder, with a trailing slash */
export function modelAddress(name: string, base: string): ModelFiles {
  /** Graphs once fetched. A Blob is kept by the browser, not in JavaScript's memory. */
  const graphs = new Map<string, Blob>()
  return {
    name,
    async read(path, onBytes) {
      const kept = graphs.get(path)
      if (kept) return new Uint8Array(await kept.arrayBuffer())
      const response = await fetch(base + path).catch((cause: unknown) => {
        throw unreachable(base + path, cause)
      })
      // A development server answers a missing file with the page itself.
      const isPage = response.headers.get('content-type')?.includes('text/html') ?? false
      if (response.status === 404 || isPage) return null
      if (!response.ok)
        throw new UserError(said`${base + path} was refused (status ${response.status}).`, 'Try again later.')
      const bytes = await readBody(response, base + path, onBytes)
      if (path.endsWith('.onnx')) graphs.set(path, new Blob([bytes]))
      return bytes
    },
  }
}

async function readBody(
  response: Response,
  url: string,
  onBytes: OnBytes | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  // A compressed answer states the length of what was sent, not of the file.
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length')
  const total = length === null ? null : Number(length)
  const chunks: Uint8Array[] = []
  let loaded = 0
  try {
    for (const reader = response.body!.getReader(); ;) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      loaded += value.byteLength
      onBytes?.(loaded, total)
    }
  } catch (cause) {
    throw cutShort(url, cause)
  }
  if (total !== null && loaded !== total) throw cutShort(url)
  const bytes = new Uint8Array(loaded)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

function cutShort(url: string, cause?: unknown): UserError {
  return new UserError(
    said`The download of ${url} broke off.`,
    'Check that its server still runs and the network too, then try once more.',
    { cause },
  )
}
