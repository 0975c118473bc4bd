/**
 * Kernels of rows: a value whose elements need sums over their own row (softmax, normalisations and their gradients)
 * is computed in one go, whatever number of such sums it takes. Long rows get a workgroup each, short ones a thread.
 *
 * Sums that do not need each other are taken in one pass over the row.
 */
import { Emitter, NeedsBuffer, NeedsRow } from './emit'
import { combined, initial } from './expressions'
import type { Index } from './indices'
import type { Id, Program, Value } from './ir'
import { finish, loadsIn, spread, WORKGROUP, type Kernel, type Target } from './kernel'
import { elementCount } from '../../onnx/model'

/** Up to this length a row is one thread's. */
const SHORT_ROW = 64
const THREADS = 64

/** True for a reduction over the last axis alone. */
export function reducesRows(value: Value & { kind: 'reduce' }, program: Program): boolean {
  const dims = program.dims(value.input)
  return value.axes.every((axis) => axis === dims.length - 1 || dims[axis] === 1)
}

interface Sum {
  readonly name: string
  readonly how: 'sum' | 'max'
  readonly length: number
  /** Adds what stands at `col`. */
  readonly inner: string
}

export function rowsKernel(program: Program, id: Id, hasBuffer: (id: Id) => boolean, target: Target): Kernel {
  const value = program.values[id]!
  const lead = value.dims.slice(0, -1)
  const width = value.dims.at(-1) ?? 1
  const rows = elementCount(lead)
  const emitter = new Emitter(program, (each) => each !== id && hasBuffer(each))
  /** By the mark that stands in their place until all are known. */
  const sums = new Map<string, Sum>()

  /** Writes `write`, and before it the sums that it turns out to need. */
  const withSums = (write: () => void): string => {
    for (;;) {
      try {
        return emitter.block(write)
      } catch (error) {
        if (!(error instanceof NeedsRow)) throw error
        if (!emitter.knows(error.index.slice(0, -1))) throw new NeedsBuffer(error.id)
        addSum(error.id, error.index)
      }
    }
  }
  let count = 0
  const addSum = (sumId: Id, index: Index) => {
    const sum = program.values[sumId]!
    if (sum.kind !== 'reduce' || !reducesRows(sum, program)) throw new NeedsBuffer(sumId)
    const length = program.dims(sum.input).at(-1)!
    const name = `s${count++}`
    const inner = withSums(() => {
      const element = emitter.element(sum.input, [...index.slice(0, -1), length === 1 ? '0u' : 'col'])
      emitter.line(`${name} = ${combined(sum.how, name, element)};`)
    })
    sums.set(`//${name}`, { name, length, inner, how: sum.how })
    emitter.give(sumId, name, index)
    emitter.line(`//${name}`)
  }

  let last = ''
  const prelude = emitter.block(() => {
    emitter.name('row')
    const at = emitter.unravelled('row', lead)
    last = withSums(() => {
      const index = value.dims.length === 0 ? [] : [...at, width === 1 ? '0u' : 'col']
      emitter.line(`result[row * ${width}u${width === 1 ? '' : ' + col'}] = ${emitter.element(id, index)};`)
    })
  })

  const alone = target.software || Math.max(width, ...[...sums.values()].map(({ length }) => length)) <= SHORT_ROW
  const loop = (length: number, inner: string) =>
    alone
      ? `for (var col = 0u; col < ${length}u; col++) {\n${inner}\n}`
      : `for (var col = lid.x; col < ${length}u; col += ${THREADS}u) {\n${inner}\n}`
  const pass = (together: readonly Sum[]) => [
    ...together.map(({ name, how }) => `var ${name}: f32 = ${initial(how)};`),
    loop(together[0]!.length, together.map(({ inner }) => inner).join('\n')),
    ...(alone ? [] : together.map(({ name, how }) => `${name} = row_${how}(${name}, lid.x);`)),
  ]
  const body = inPasses(prelude, sums).flatMap((step) => (typeof step === 'string' ? [step] : pass(step)))
  const loads = [...sums.values()].reduce((total, { inner, length }) => total + loadsIn(inner) * length, 0)
  const start = alone ? `let row = ${WORKGROUP} * ${THREADS}u + lid.x;` : `let row = ${WORKGROUP};`
  return finish(emitter, id, {
    size: [THREADS, 1],
    globals: alone ? '' : TREES,
    body: `${start}\nif (row >= ${rows}u) { return; }\n${body.join('\n')}\n${loop(width, last)}`,
    workgroups: spread(alone ? Math.ceil(rows / THREADS) : rows),
    work: { kind: 'rows', loads: rows * (loads + width * loadsIn(last)), flops: 0 },
  })
}

/** The prelude's lines, and in the places of its marks the sums that one pass takes: those that need nothing in between. */
function inPasses(prelude: string, sums: ReadonlyMap<string, Sum>): (string | Sum[])[] {
  const steps: (string | Sum[])[] = []
  for (const line of prelude.split('\n')) {
    const sum = sums.get(line)
    if (!sum) {
      steps.push(line)
      continue
    }
    const needed = new Set(sum.inner.match(/\b[vs]\d+\b/g))
    const since = steps.findLastIndex((step) =>
      typeof step === 'string' ? needed.has(nameOf(step)) : step.some(({ name }) => needed.has(name)),
    )
    const open = steps.findIndex((step, i) => i > since && typeof step !== 'string' && step[0]!.length === sum.length)
    if (open < 0) steps.push([sum])
    else (steps[open] as Sum[]).push(sum)
  }
  return steps
}

/** What a line `let name: type = ...` names. */
const nameOf = (line: string) => /^let (\w+)/.exec(line)?.[1] ?? ''

const tree = (how: 'sum' | 'max') => `
fn row_${how}(x: f32, i: u32) -> f32 {
  shared_row[i] = x;
  workgroupBarrier();
  for (var s = ${THREADS / 2}u; s > 0u; s >>= 1u) {
    if (i < s) { shared_row[i] = ${combined(how, 'shared_row[i]', 'shared_row[i + s]')}; }
    workgroupBarrier();
  }
  let total = shared_row[0];
  workgroupBarrier();
  return total;
}
`
const TREES = `var<workgroup> shared_row: array<f32, ${THREADS}>;${tree('sum')}${tree('max')}`
