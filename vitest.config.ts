/** Unit tests: Node, one process a file; tfjs goes through Vite so that one copy of its core registers the gradients. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { dedupe: ['@tensorflow/tfjs-core'] },
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    environment: 'node',
    // onnxruntime-node is a native addon: a process of its own for each file keeps a crash from taking others along.
    pool: 'forks',
    server: { deps: { inline: [/@tensorflow\//] } },
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
