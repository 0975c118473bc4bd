/**
 * Loops of matrix products [G,M,K] x [G,K,N]: which thread computes which elements of the result, and how operands reach
 * it. `load_a(g, m, k)`, `load_b(g, k, n)` and `store(g, m, n, product)` are the kernel's own (products.ts).
 */
export interface ProductShape {
  readonly G: number
  readonly M: number
  readonly N: number
  readonly K: number
}

/** Along which axis an operand's elements are neighbours in memory. */
export interface Contiguity {
  readonly a: 'm' | 'k'
  readonly b: 'k' | 'n'
}

export interface Tiles {
  readonly size: readonly [number, number]
  readonly globals: string
  readonly body: string
  readonly workgroups: readonly [number, number, number]
  /** How often each element of either operand is loaded. */
  readonly loads: { readonly a: number; readonly b: number }
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const fitting = (n: number, most: number) => Math.min(most, 2 ** Math.ceil(Math.log2(n)))

/**
 * Every thread a tile of 4 x 4 straight from memory, no waiting for each other: best where an adapter computes on a CPU.
 */
export function registerTile({ G, M, N, K }: ProductShape): Tiles {
  // Narrow results get their threads one below the other, so that few of a group have nothing to do.
  const across = fitting(Math.ceil(N / 4), 8)
  const down = Math.min(64 / across, fitting(Math.ceil(M / 4), 64))
  const four = range(4)
  const body = [
    `let n0 = (wid.x * ${across}u + lid.x) * 4u;`,
    `let m0 = (wid.y * ${down}u + lid.y) * 4u;`,
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
      four.map((j) => {
        const inside = `m0 + ${i}u < ${M}u && n0 + ${j}u < ${N}u`
        return `if (${inside}) { store(g, m0 + ${i}u, n0 + ${j}u, c${i}[${j}]); }`
      }),
    ),
  ]
  return {
    size: [across, down],
    globals: '',
    body: body.join('\n'),
    workgroups: [Math.ceil(N / (across * 4)), Math.ceil(M / (down * 4)), G],
    loads: { a: Math.ceil(N / 4), b: Math.ceil(M / 4) },
  }
}

/** A product of fewer large tiles than this leaves most of a GPU idle. */
const FEW_TILES = 96

/**
 * 256 threads, each with 4 x 4 elements, and operands through memory that they share. Of a large result the threads take
 * a tile of 64 x 64; where that would be few tiles, four teams of 64 threads take each a quarter of K for one tile of
 * 32 x 32 and add up what they found.
 */
export function sharedTile(shape: ProductShape, along: Contiguity): Tiles {
  const { G, M, N, K } = shape
  const few = G * Math.ceil(M / 64) * Math.ceil(N / 64) < FEW_TILES
  const layout = few ? { side: 32, depth: 8, teams: 4 } : { side: 64, depth: 16, teams: 1 }
  const { side, depth, teams } = layout
  const [across, round] = [side / 4, depth * teams]
  // One vec4 more than a row takes, so that rows start in different banks.
  const pitch = across + 1
  const part = depth * pitch
  const body = [
    `let t = lid.y * 16u + lid.x;`,
    `let team = t / ${across * across}u;`,
    `let x = t % ${across}u;`,
    `let y = (t / ${across}u) % ${across}u;`,
    `let n0 = wid.x * ${side}u;`,
    `let m0 = wid.y * ${side}u;`,
    `let g = wid.z;`,
    ...range(4).map((i) => `var c${i} = vec4<f32>(0.0);`),
    `for (var k0 = 0u; k0 < ${K}u; k0 += ${round}u) {`,
    fill('a', shape, layout, along.a === 'k'),
    fill('b', shape, layout, along.b === 'k'),
    `workgroupBarrier();`,
    `for (var k = team * ${depth}u; k < (team + 1u) * ${depth}u; k++) {`,
    `let a = tile[k * ${pitch}u + y];`,
    `let b = tile[${part * teams}u + k * ${pitch}u + x];`,
    ...range(4).map((i) => `c${i} = fma(vec4<f32>(a[${i}]), b, c${i});`),
    `}`,
    `workgroupBarrier();`,
    `}`,
    ...(teams === 4 ? [handOver(2), handOver(1), `if (team > 0u) { return; }`] : []),
    ...range(4).flatMap((i) => {
      const m = `m0 + y * 4u + ${i}u`
      const stores = range(4).map((j) => {
        const n = `n0 + x * 4u + ${j}u`
        return N % 4 === 0
          ? `store(g, ${m}, ${n}, c${i}[${j}]);`
          : `if (${n} < ${N}u) { store(g, ${m}, ${n}, c${i}[${j}]); }`
      })
      return [`if (${m} < ${M}u${N % 4 === 0 ? ` && n0 + x * 4u < ${N}u` : ''}) {`, ...stores, `}`]
    }),
  ]
  const tiles = [Math.ceil(N / side), Math.ceil(M / side)] as const
  return {
    size: [16, 16],
    globals: `var<workgroup> tile: array<vec4<f32>, ${2 * part * teams}>;\n`,
    body: body.join('\n'),
    workgroups: [...tiles, G],
    loads: { a: tiles[0], b: tiles[1] },
  }
}

/**
 * An operand's part of this round into `tile`, four neighbours along M or N to a vec4. Neighbouring threads load
 * neighbouring elements. Beyond the edge rows are loaded again, which no one stores; beyond K is zero.
 */
function fill(
  operand: 'a' | 'b',
  { M, N, K }: ProductShape,
  { side, depth, teams }: { side: number; depth: number; teams: number },
  alongK: boolean,
): string {
  const [across, round] = [side / 4, depth * teams]
  const [other, size] = operand === 'a' ? ['m', M] : ['n', N]
  const base = operand === 'a' ? 0 : (across + 1) * round
  const elements = range(4).map((i) => {
    const at = size % side === 0 ? `${other} + ${i}u` : `min(${other} + ${i}u, ${size - 1}u)`
    return operand === 'a' ? `load_a(g, ${at}, k0 + k)` : `load_b(g, k0 + k, ${at})`
  })
  const loaded = `vec4<f32>(${elements.join(', ')})`
  const place = (k: string, four: string) => [
    `{ let k = ${k}; let four = ${four}; let ${other} = ${other}0 + four * 4u;`,
    K % round === 0
      ? `tile[${base}u + k * ${across + 1}u + four] = ${loaded};`
      : `var v = vec4<f32>(0.0); if (k0 + k < ${K}u) { v = ${loaded}; } tile[${base}u + k * ${across + 1}u + four] = v;`,
    `}`,
  ]
  return (alongK ? place(`t % ${round}u`, `t / ${round}u`) : place(`t / ${across}u`, `t % ${across}u`)).join('\n')
}

/** Teams from `first` on give what they have found to those before them; `tile` is free by then. */
function handOver(first: number): string {
  return [
    `if (team >= ${first}u && team < ${2 * first}u) {`,
    ...range(4).map((i) => `tile[(team - ${first}u) * 256u + ${i * 64}u + y * 8u + x] = c${i};`),
    `}`,
    `workgroupBarrier();`,
    `if (team < ${first}u) {`,
    ...range(4).map((i) => `c${i} += tile[team * 256u + ${i * 64}u + y * 8u + x];`),
    `}`,
    `workgroupBarrier();`,
  ].join('\n')
}
