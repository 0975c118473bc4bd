/**
 * Unit tests: Node; tfjs is bundled once, so that one copy of its core registers the gradients. `*.slow.test.ts` take
 * seconds each: `npm run unit` leaves them to `npm test`, which runs every file in a process of its own.
 */
import { defineConfig } from 'vitest/config'

const tfjs = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-core/dist/register_all_gradients.js',
  '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
]

export default defineConfig({
  // Without this the package's CommonJS build comes in beside its ES modules: a second tfjs-core.
  ssr: { resolve: { mainFields: ['module', 'main'] } },
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    environment: 'node',
    globalSetup: 'tests/temporary.ts',
    // onnxruntime-node is a native addon: a process of its own for each file keeps a crash from taking others along.
    pool: 'forks',
    maxWorkers: '100%', // Vitest's own choice leaves one core idle, which is half of two
    deps: {
      optimizer: {
        ssr: {
          enabled: true,
          include: tfjs,
          // The WASM backend's glue is CommonJS that asks where it lies.
          rolldownOptions: { transform: { define: { __dirname: 'import.meta.dirname' } } },
        },
      },
    },
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
