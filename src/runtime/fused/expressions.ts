/** What the fused engine computes element by element, as WGSL expressions of float32 operands. Truth is 1 and 0. */

const unary = (f: (x: string) => string) => (x: string) => f(x)
const binary = (operator: string) => (a: string, b: string) => `(${a} ${operator} ${b})`
const truth = (operator: string) => (a: string, b: string) => `select(0.0, 1.0, ${a} ${operator} ${b})`

export const MAPS: Readonly<Record<string, (...operands: string[]) => string>> = {
  copy: unary((x) => x),
  add: binary('+'),
  sub: binary('-'),
  mul: binary('*'),
  div: binary('/'),
  min: (a, b) => `min(${a}, ${b})`,
  max: (a, b) => `max(${a}, ${b})`,
  neg: unary((x) => `(-${x})`),
  abs: unary((x) => `abs(${x})`),
  sqrt: unary((x) => `sqrt(${x})`),
  rsqrt: unary((x) => `inverseSqrt(${x})`),
  exp: unary((x) => `exp(${x})`),
  log: unary((x) => `log(${x})`),
  reciprocal: unary((x) => `(1.0 / ${x})`),
  relu: unary((x) => `max(${x}, 0.0)`),
  sigmoid: unary((x) => `(1.0 / (1.0 + exp(-${x})))`),
  // tanh overflows in some drivers where its value has long been 1.
  tanh: unary((x) => `tanh(clamp(${x}, -15.0, 15.0))`),
  erf: unary((x) => `erf(${x})`),
  square: unary((x) => `(${x} * ${x})`),
  where: (c, a, b) => `select(${b}, ${a}, ${c} != 0.0)`,
  not: unary((x) => `(1.0 - ${x})`),
  greater: truth('>'),
  greaterOrEqual: truth('>='),
  less: truth('<'),
  lessOrEqual: truth('<='),
  equal: truth('=='),
  and: binary('*'),
}

/** Abramowitz and Stegun 7.1.26: |error| <= 1.5e-7, as exact as float32 allows and what ONNX Runtime uses on GPUs. */
export const ERF = `fn erf(x: f32) -> f32 {
  let a = abs(x);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(x) * (1.0 - p * exp(-a * a));
}
`

const LARGEST = 3.4028234663852886e38

/** A float32 literal of exactly this value; WGSL has no infinity, masks get the largest number instead. */
export function literal(value: number): string {
  if (Number.isNaN(value)) throw new Error('a constant is not a number')
  const text = Math.fround(Math.min(Math.max(value, -LARGEST), LARGEST)).toString()
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`
}

/** What reductions begin with, and how they take in one element more. */
export const initial = (how: 'sum' | 'max') => (how === 'sum' ? '0.0' : '-3.4028234663852886e38f')
export const combined = (how: 'sum' | 'max', a: string, b: string) =>
  how === 'sum' ? `${a} + ${b}` : `max(${a}, ${b})`
