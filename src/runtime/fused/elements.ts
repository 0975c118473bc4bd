/** Kernels of one thread per element: everything without sums, and sums over other axes than the last. */
import { Emitter } from './emit'
import { combined, initial } from './expressions'
import type { Id, Program } from './ir'
import { finish, loadsIn, spread, WORKGROUP, type Kernel } from './kernel'
import { elementCount } from '../../onnx/model'

const THREADS = 64

export function elementsKernel(program: Program, id: Id, hasBuffer: (id: Id) => boolean): Kernel {
  const value = program.values[id]!
  const count = elementCount(value.dims)
  const emitter = new Emitter(program, (each) => each !== id && hasBuffer(each))
  const body = emitter.block(() => {
    emitter.line(`let i = ${WORKGROUP} * ${THREADS}u + lid.x;`)
    emitter.line(`if (i >= ${count}u) { return; }`)
    emitter.line(`result[i] = ${emitter.element(id, emitter.unravelled('i', value.dims))};`)
  })
  const work = { kind: 'elements', loads: count * loadsIn(body), flops: 0 } as const
  return finish(emitter, id, { size: [THREADS, 1], body, workgroups: spread(Math.ceil(count / THREADS)), work })
}

/** A reduction over any axes, each result by one thread. */
export function loopKernel(program: Program, id: Id, hasBuffer: (id: Id) => boolean): Kernel {
  const value = program.values[id]!
  if (value.kind !== 'reduce') throw new Error('not a reduction')
  const source = program.dims(value.input)
  const count = elementCount(value.dims)
  const emitter = new Emitter(program, (each) => each !== id && hasBuffer(each))
  const body = emitter.block(() => {
    emitter.line(`let i = ${WORKGROUP} * ${THREADS}u + lid.x;`)
    emitter.line(`if (i >= ${count}u) { return; }`)
    const outer = emitter.unravelled('i', value.dims)
    const reduced = value.axes.map((axis) => source[axis]!)
    emitter.line(`var sum: f32 = ${initial(value.how)};`)
    const inner = emitter.block(() => {
      const at = emitter.unravelled('j', reduced)
      const index = outer.map((o, axis) => (value.axes.includes(axis) ? at[value.axes.indexOf(axis)]! : o))
      emitter.line(`sum = ${combined(value.how, 'sum', emitter.element(value.input, index))};`)
    })
    emitter.line(`for (var j = 0u; j < ${elementCount(reduced)}u; j++) {\n${inner}\n}`)
    emitter.line('result[i] = sum;')
  })
  const work = { kind: 'elements', loads: elementCount(source) * loadsIn(body), flops: 0 } as const
  return finish(emitter, id, { size: [THREADS, 1], body, workgroups: spread(Math.ceil(count / THREADS)), work })
}
