/** The table that keeps imports going one way says no where it should. That lint asks it: rules.test.ts. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { complaint } from '../../scripts/lint/rooms.js'

const root = process.cwd()
const ask = (file: string, source: string, typeOnly = false) => complaint(root, join(root, file), source, typeOnly)

it.each([
  ['src/onnx/read.ts', '../errors'],
  ['src/onnx/read.ts', '../sentence'],
  ['src/onnx/read.ts', './proto/onnx_pb'],
  ['src/gradient/rules/matmul.ts', '../../onnx/model'],
  ['src/methods/padding.ts', '../prompts/padding'],
  ['src/formats/safetensors.ts', '../methods/method'],
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
  ['src/formats/safetensors.ts', '../lab/protocol'],
  ['src/learning/loop.ts', '../formats/safetensors'],
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
