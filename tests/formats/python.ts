/**
 * PyTorch itself, where this machine has it: tests of what is written for it ask it. Where it is absent they say so; the
 * title of each has "PyTorch itself" in it, by which scripts/test.mjs tells them from tests that lack reference values.
 */
import { spawnSync } from 'node:child_process'

function find(module: string): string | null {
  for (const python of [process.env.PYTHON, 'python3']) {
    if (python && spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0) return python
  }
  return null
}

const found = new Map<string, string | null>()

/** A Python that can import `module`, or null with a line on the console that says how many tests are left out. */
export function pythonWith(module: string, tests: number, what: string): string | null {
  if (!found.has(module)) found.set(module, find(module))
  const python = found.get(module) ?? null
  if (python === null) {
    process.stderr.write(
      `\nLEFT OUT: ${tests} tests (${what}), because no Python with ${module} is here; name one by PYTHON.\n`,
    )
  }
  return python
}

/** Runs a program; its standard output. Throws with what it said where it fails. */
export function runPython(python: string, program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}
