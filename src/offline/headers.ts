/**
 * The headers that the page is served with: by its own server, and by the service worker where a static host sends none.
 * Data only; the build, the server, and the service worker read it.
 */

/** Cross-origin isolation: without it there is no SharedArrayBuffer, and ONNX Runtime runs on one thread. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
} as const

/** Where models may be fetched from besides the page's own server. A machine's own servers are no way out of it. */
const HUBS = [
  'https://huggingface.co',
  'https://*.huggingface.co',
  'https://*.hf.co',
  'https://hf-mirror.com',
  'http://localhost:*',
  'http://127.0.0.1:*',
]

/**
 * What the page may load and where it may talk to: itself and the model hub, nothing else.
 * @param mirrors more origins that models are fetched from
 */
export function contentSecurityPolicy(mirrors: readonly string[] = []): string {
  return [
    "default-src 'none'",
    // WASM is compiled, but no text is run as a script. ONNX Runtime's own files come as addresses in memory, which nobody
    // but the page's scripts can make.
    "script-src 'self' blob: 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    // Components set styles on elements; no style can load anything but what is listed here.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    ['connect-src', "'self'", 'blob:', 'data:', ...HUBS, ...mirrors].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
