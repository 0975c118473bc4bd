/** The lint rule that keeps imports going one way catches what it should, and the lint configuration applies it. */
import { ESLint, Linter } from 'eslint'
import { join } from 'node:path'
import tseslint from 'typescript-eslint'
import { expect, it } from 'vitest'
import { complaint, rooms } from '../../scripts/lint/rooms.js'

const root = process.cwd()
const ask = (file: string, source: string, typeOnly = false) => complaint(root, join(root, file), source, typeOnly)

it.each([
  ['src/onnx/read.ts', '../errors'],
  ['src/onnx/read.ts', './proto/onnx_pb'],
  ['src/gradient/rules/matmul.ts', '../../onnx/model'],
  ['src/methods/padding.ts', '../prompts/padding'],
  ['src/ui/App.tsx', '../lab/client'],
  ['src/ui/App.tsx', 'react'],
  ['src/runtime/ort.ts', 'onnxruntime-web/webgpu'],
  ['src/main.tsx', 'react-dom/client'],
  ['tests/onnx/read.test.ts', 'onnxruntime-node'],
])('%s may import %s', (file, source) => {
  expect(ask(file, source)).toBeNull()
})

it.each([
  ['src/onnx/read.ts', '../gradient/build'],
  ['src/gradient/build.ts', '../runtime/engine'],
  ['src/gradient/build.ts', 'zod'],
  ['src/onnx/read.ts', 'zod'],
  ['src/data/task.ts', '../prompts/padding'],
  ['src/prompts/padding.ts', '../data/task'],
  ['src/learning/loop.ts', '../lab/protocol'],
  ['src/lab/session.ts', '../state/session'],
  ['src/evaluation/accuracy.ts', '../data/task'],
  ['src/lab/session.ts', 'onnxruntime-web/wasm'],
  ['src/prompts/padding.ts', '@tensorflow/tfjs-core'],
  ['src/learning/loop.ts', 'react'],
  ['src/runtime/ort.ts', 'onnxruntime-web'],
  ['tests/e.test.ts', 'onnxruntime-web'],
  ['src/nowhere/a.ts', '../errors'],
  ['src/onnx/read.ts', '../../tests/oracle'],
])('%s may not import %s', (file, source) => {
  expect(ask(file, source)).not.toBeNull()
})

it('lets types of tfjs through, and only types', () => {
  expect(ask('src/prompts/padding.ts', '@tensorflow/tfjs-core', true)).toBeNull()
})

it('reports every form of import', () => {
  const code = `
    import { a } from '../ui/a'
    export { b } from '../ui/b'
    export * from '../ui/c'
    const d = await import('../ui/d')
    type E = import('../ui/e').E`
  const config = [
    {
      files: ['**/*.ts'],
      languageOptions: { parser: tseslint.parser as Linter.Parser },
      plugins: { passepartout: { rules: { rooms } } },
      rules: { 'passepartout/rooms': 'error' as const },
    },
  ]
  const messages = new Linter({ cwd: root }).verify(code, config, join(root, 'src/lab/x.ts'))
  expect(messages.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6])
})

it('is on for every room', async () => {
  const eslint = new ESLint({ cwd: root })
  const config = (await eslint.calculateConfigForFile(join(root, 'src/onnx/read.ts'))) as Linter.Config
  expect(config.rules?.['passepartout/rooms']).toEqual([2])
})
