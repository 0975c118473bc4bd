/** A peer outside of JavaScript: PyTorch on the CPU, where `python3 -c 'import torch'` works. A process that is asked. */
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { VisionOptions } from '../../tests/support/clip-generator'
import type { OpenContender } from './engine-contender'

/** PYTHON names an interpreter that has torch, else the usual one is tried. */
const PYTHON = process.env['PYTHON'] ?? 'python3'

export function hasTorch(): boolean {
  return spawnSync(PYTHON, ['-c', 'import torch']).status === 0
}

export interface TorchContender extends OpenContender {
  /** "PyTorch 2.9.0, CPU, 2 threads" */
  readonly description: string
}

export async function torchContender(tower: VisionOptions, batch: number): Promise<TorchContender> {
  const program = fileURLToPath(new URL('torch_step.py', import.meta.url))
  const child = spawn(PYTHON, [program, JSON.stringify({ ...tower, batch })], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const line = (await lines.next()) as IteratorResult<string, undefined>
    if (line.done) throw new Error('PyTorch ended before its answer')
    return line.value
  }
  const [, version, threads] = (await next()).split(' ')
  const ask = async (what: string) => {
    child.stdin.write(`${what}\n`)
    await next()
  }
  return {
    description: `PyTorch ${version}, CPU, ${threads} threads`,
    forward: () => ask('forward'),
    step: () => ask('step'),
    async close() {
      child.stdin.end()
    },
  }
}
