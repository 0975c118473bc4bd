/**
 * Kernels of matrix products [G,M,K] x [G,K,N]. Operands are read through whatever views lie over their buffers (a
 * transposed weight, the heads of an attention, the windows of a convolution), and what follows element by element (bias,
 * activation, residual) is done before the result is stored.
 */
import { Emitter, type Index } from './emit'
import type { Id, Program } from './ir'
import { operands } from './ir'
import { finish, type Kernel, type Target } from './kernel'
import { elementCount } from '../../onnx/model'

/**
 * Nodes from `root` down to the product it is made of, root first: maps that keep every element's place, reshapes and
 * transposes. null where there is none, or where the product reaches the root in two arrangements.
 */
export function pathToProduct(program: Program, root: Id, product: Id, hasBuffer: (id: Id) => boolean): Id[] | null {
  const count = elementCount(program.dims(product))
  const leads = new Map<Id, boolean>()
  /** Whether the product is part of how `id` is computed. */
  const leadsDown = (id: Id): boolean => {
    if (id === product) return true
    if (id < product || (id !== root && hasBuffer(id))) return false
    const known = leads.get(id) ?? operands(program.values[id]!).some(leadsDown)
    leads.set(id, known)
    return known
  }
  /** Transposes on the way to each node met so far. */
  const arrangements = new Map<Id, string>()
  let found: Id[] | null = null
  /** false where the ways contradict each other. */
  const walk = (id: Id, path: Id[], arrangement: string): boolean => {
    if (!leadsDown(id)) return true
    const before = arrangements.get(id)
    if (before !== undefined) return before === arrangement
    arrangements.set(id, arrangement)
    if (id === product) {
      found = path
      return true
    }
    const value = program.values[id]!
    const keepsPlaces = value.kind === 'map' || value.kind === 'reshape' || value.kind === 'transpose'
    if (!keepsPlaces || elementCount(value.dims) !== count) return false
    const here =
      value.kind === 'transpose'
        ? `${arrangement} ${value.perm.join()} of ${program.dims(value.input).join()};`
        : arrangement
    return operands(value).every((input) => walk(input, [...path, id], here))
  }
  return walk(root, [], '') ? found : null
}

export function productKernel(
  program: Program,
  root: Id,
  product: Id,
  hasBuffer: (id: Id) => boolean,
  target: Target,
): Kernel {
  const value = program.values[product]!
  if (value.kind !== 'matmul') throw new Error('not a product')
  const path = pathToProduct(program, root, product, hasBuffer)
  if (!path) throw new Error('the product is not the root’s')
  const emitter = new Emitter(program, (each) => each !== root && hasBuffer(each))
  const [G, M, N] = value.dims as [number, number, number]
  const K = program.dims(value.a)[2]!
  const shared = program.dims(value.b)[0] === 1
  const load = (name: string, id: Id, index: Index) => {
    const body = emitter.block(() => {
      for (const at of index) if (/^\w+$/.test(at)) emitter.name(at)
      emitter.line(`return ${emitter.element(id, index)};`)
    })
    return `fn ${name}(g: u32, ${name === 'load_a' ? 'm: u32, k: u32' : 'k: u32, n: u32'}) -> f32 {\n${body}\n}\n`
  }
  const one = (size: number, at: string) => (size === 1 ? '0u' : at)
  const loadA = load('load_a', value.a, [one(G, 'g'), one(M, 'm'), one(K, 'k')])
  const loadB = load('load_b', value.b, [shared ? '0u' : one(G, 'g'), one(K, 'k'), one(N, 'n')])
  emitter.give(product, 'product', null)
  const storeBody = emitter.block(() => {
    let index: Index = [one(G, 'g'), one(M, 'm'), one(N, 'n')]
    let below = value.dims
    for (const id of [...path].reverse()) {
      const step = program.values[id]!
      if (step.kind === 'transpose') index = step.perm.map((axis) => index[axis]!)
      else index = emitter.reshaped(below, step.dims, index)
      below = step.dims
    }
    const top = program.values[root]!
    emitter.line(`result[${emitter.offset(top.dims, index)}] = ${emitter.element(root, index)};`)
  })
  const store = `fn store(g: u32, m: u32, n: u32, product: f32) {\n${storeBody}\n}\n`
  const shape = { G, M, N, K }
  const tiles = target.software ? registerTile(shape) : sharedTile(shape, contiguousAlongK(program, value))
  return finish(emitter, root, { ...tiles, globals: `${loadA}${loadB}${store}${tiles.globals}` })
}

interface Shape {
  readonly G: number
  readonly M: number
  readonly N: number
  readonly K: number
}

/** Every thread a tile of 4 x 4 straight from memory: best where threads of a group do not run together. */
function registerTile({ G, M, N, K }: Shape) {
  const four = [0, 1, 2, 3]
  const body = [
    `let n0 = (wid.x * 8u + lid.x) * 4u;`,
    `let m0 = (wid.y * 8u + lid.y) * 4u;`,
    `let g = wid.z;`,
    `if (m0 >= ${M}u || n0 >= ${N}u) { return; }`,
    ...four.map((i) => `let m${i}_ = min(m0 + ${i}u, ${M - 1}u);`),
    ...four.map((j) => `let n${j}_ = min(n0 + ${j}u, ${N - 1}u);`),
    ...four.map((i) => `var c${i} = vec4<f32>(0.0);`),
    `for (var k = 0u; k < ${K}u; k++) {`,
    `let b = vec4<f32>(${four.map((j) => `load_b(g, k, n${j}_)`).join(', ')});`,
    ...four.map((i) => `c${i} = fma(vec4<f32>(load_a(g, m${i}_, k)), b, c${i});`),
    `}`,
    ...four.flatMap((i) =>
      four.map(
        (j) => `if (m0 + ${i}u < ${M}u && n0 + ${j}u < ${N}u) { store(g, m0 + ${i}u, n0 + ${j}u, c${i}[${j}]); }`,
      ),
    ),
  ]
  return {
    size: [8, 8] as const,
    globals: '',
    body: body.join('\n'),
    workgroups: [Math.ceil(N / 32), Math.ceil(M / 32), G] as const,
  }
}

/** Tiles of 64 x 64 by 256 threads, 16 deep, through memory that the threads of a group share. */
function sharedTile({ G, M, N, K }: Shape, alongK: { readonly a: boolean; readonly b: boolean }) {
  const [SIZE, DEPTH, THREADS] = [64, 16, 256]
  const rounds = (SIZE * DEPTH) / THREADS
  const four = [0, 1, 2, 3]
  // Neighbouring threads read neighbouring elements.
  const place = (k: boolean, other: string) =>
    k
      ? { k: `(t + r * ${THREADS}u) % ${DEPTH}u`, [other]: `(t + r * ${THREADS}u) / ${DEPTH}u` }
      : { k: `(t + r * ${THREADS}u) / ${SIZE}u`, [other]: `(t + r * ${THREADS}u) % ${SIZE}u` }
  const [a, b] = [place(alongK.a, 'm'), place(alongK.b, 'n')]
  const body = [
    `let t = lid.y * 16u + lid.x;`,
    `let n0 = wid.x * ${SIZE}u;`,
    `let m0 = wid.y * ${SIZE}u;`,
    `let g = wid.z;`,
    ...four.map((i) => `var c${i} = vec4<f32>(0.0);`),
    `for (var k0 = 0u; k0 < ${K}u; k0 += ${DEPTH}u) {`,
    `for (var r = 0u; r < ${rounds}u; r++) {`,
    `{ let k = ${a.k}; let m = ${a['m']};`,
    `var x = 0.0; if (m0 + m < ${M}u && k0 + k < ${K}u) { x = load_a(g, m0 + m, k0 + k); }`,
    `tile_a[k * ${SIZE + 1}u + m] = x; }`,
    `{ let k = ${b.k}; let n = ${b['n']};`,
    `var x = 0.0; if (n0 + n < ${N}u && k0 + k < ${K}u) { x = load_b(g, k0 + k, n0 + n); }`,
    `tile_b[k * ${SIZE + 1}u + n] = x; }`,
    `}`,
    `workgroupBarrier();`,
    `for (var k = 0u; k < ${DEPTH}u; k++) {`,
    `let b = vec4<f32>(${four.map((j) => `tile_b[k * ${SIZE + 1}u + lid.x + ${j * 16}u]`).join(', ')});`,
    ...four.map((i) => `c${i} = fma(vec4<f32>(tile_a[k * ${SIZE + 1}u + lid.y + ${i * 16}u]), b, c${i});`),
    `}`,
    `workgroupBarrier();`,
    `}`,
    ...four.flatMap((i) =>
      four.map(
        (j) =>
          `{ let m = m0 + lid.y + ${i * 16}u; let n = n0 + lid.x + ${j * 16}u; if (m < ${M}u && n < ${N}u) { store(g, m, n, c${i}[${j}]); } }`,
      ),
    ),
  ]
  return {
    size: [16, 16] as const,
    globals: `var<workgroup> tile_a: array<f32, ${DEPTH * (SIZE + 1)}>;\nvar<workgroup> tile_b: array<f32, ${DEPTH * (SIZE + 1)}>;\n`,
    body: body.join('\n'),
    workgroups: [Math.ceil(N / SIZE), Math.ceil(M / SIZE), G] as const,
  }
}

/** Whether an operand's elements lie side by side along K rather than along its other axis. */
function contiguousAlongK(program: Program, value: { readonly a: Id; readonly b: Id }) {
  const last = (id: Id): number => {
    // The axis of `id` whose neighbours are neighbours in memory, followed down through views.
    let axis = program.dims(id).length - 1
    for (let at = id; ;) {
      const step = program.values[at]!
      if (step.kind === 'transpose') return step.perm.indexOf(program.dims(step.input).length - 1)
      if (step.kind !== 'reshape') return axis
      const inner = program.values[step.input]!
      if (inner.kind === 'transpose') {
        const innermost = inner.perm.indexOf(program.dims(inner.input).length - 1)
        // Which axis of this reshape the innermost axis of the transpose has become.
        const after = elementCount(inner.dims.slice(innermost + 1))
        let product = 1
        for (axis = step.dims.length - 1; axis > 0 && product < after; axis--) product *= step.dims[axis]!
        return axis
      }
      at = step.input
    }
  }
  return { a: last(value.a) === 2, b: last(value.b) === 1 }
}
