/**
 * Lint rule: one place in src/ asks an adapter for a GPUDevice (src/runtime/webgpu-device.ts), since buffers are counted and a
 * loss is noticed on the device that it owns and on no other.
 */
import { resolve } from 'node:path'

const OWNER = 'src/runtime/webgpu-device.ts'

export const oneDevice = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { wrong: `A GPUDevice is requested in ${OWNER} and nowhere else: take the engine's.` },
  },
  create(context) {
    const inside = context.filename.startsWith(resolve(context.cwd, 'src'))
    if (!inside || context.filename === resolve(context.cwd, OWNER)) return {}
    const named = (key) => (key?.name ?? key?.value) === 'requestDevice'
    const report = (node) => context.report({ node, messageId: 'wrong' })
    return {
      MemberExpression(node) {
        if (named(node.property)) report(node)
      },
      // const { requestDevice } = adapter
      ObjectPattern(node) {
        for (const { key } of node.properties) if (named(key)) report(node)
      },
    }
  },
}
