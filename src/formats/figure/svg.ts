/** SVG as text: elements, escaped, and the looks that all figures share. Standalone files for papers: black on white, no CSS. */

export type Attributes = Readonly<Record<string, string | number>>

const FONT = 'Helvetica, Arial, "Noto Sans CJK SC", sans-serif'
export const INK = '#1c1c1a'
export const FAINT = '#8b8b84'
export const RULE = '#d8d8d2'

/** Okabe and Ito's colours (2008), dark enough for lines on white; told apart by dashes and marks too. */
const COLOURS = ['#17594c', '#a84e00', '#0060a0', '#9a3a78', '#5b5e54']
const DASHES = ['', '6 3', '2 3', '8 3 2 3']
const MARKS = ['circle', 'square', 'diamond', 'triangle'] as const

export interface Style {
  readonly colour: string
  readonly dash: string
  readonly mark: (typeof MARKS)[number]
}

export const styleOf = (i: number): Style => ({
  colour: COLOURS[i % COLOURS.length]!,
  dash: DASHES[i % DASHES.length]!,
  mark: MARKS[i % MARKS.length]!,
})

/** Control letters are no XML at all; lone surrogates neither. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Coordinates to a hundredth of a pixel: the same figure is the same text everywhere. */
const value = (of: string | number): string =>
  typeof of === 'number' ? String(Math.round(of * 100) / 100 || 0) : escaped(of)

/** `content` is SVG already. */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, of]) => ` ${key}="${value(of)}"`)
  const open = `<${name}${written.join('')}`
  return content.length === 0 ? `${open}/>` : `${open}>${content.join('')}</${name}>`
}

export interface TextOptions {
  readonly size?: number
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly fill?: string
  readonly weight?: 'normal' | 'bold'
  /** Degrees, about its place. */
  readonly turn?: number
}

export function text(x: number, y: number, content: string, options: TextOptions = {}): string {
  const { anchor = 'start', fill = INK, size = 10, turn, weight } = options
  return element(
    'text',
    {
      ...{ x, y, 'font-size': size, 'text-anchor': anchor, fill },
      ...(weight ? { 'font-weight': weight } : {}),
      ...(turn === undefined ? {} : { transform: `rotate(${turn} ${value(x)} ${value(y)})` }),
    },
    escaped(content),
  )
}

export const line = (x1: number, y1: number, x2: number, y2: number, stroke = INK, more: Attributes = {}): string =>
  element('line', { x1, y1, x2, y2, stroke, 'stroke-width': 1, ...more })

/** A polyline with gaps where a value is no number. */
export function path(points: readonly (readonly [number, number])[], attributes: Attributes): string {
  let d = ''
  let pen = false
  for (const [x, y] of points) {
    const drawn = Number.isFinite(x) && Number.isFinite(y)
    if (drawn) d += `${pen ? 'L' : 'M'}${value(x)} ${value(y)}`
    pen = drawn
  }
  return d === '' ? '' : element('path', { d, fill: 'none', 'stroke-linejoin': 'round', ...attributes })
}

export function mark(x: number, y: number, { colour, mark: shape }: Style, r = 3): string {
  const common = { fill: '#ffffff', stroke: colour, 'stroke-width': 1.5 }
  if (shape === 'circle') return element('circle', { cx: x, cy: y, r, ...common })
  if (shape === 'square') return element('rect', { x: x - r, y: y - r, width: 2 * r, height: 2 * r, ...common })
  const corners = { diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]], triangle: [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]] } // prettier-ignore
  const points = corners[shape].map(([dx, dy]) => `${value(x + dx! * r)},${value(y + dy! * r)}`).join(' ')
  return element('polygon', { points, ...common })
}

/** About as wide as it will be: letters of Latin scripts take half their size, those of CJK all of it. */
export const textWidth = (content: string, size = 10): number =>
  [...content].reduce((sum, letter) => sum + (letter.codePointAt(0)! > 0x2e7f ? 1 : 0.51), 0) * size

/** Cut to a width, with an ellipsis. */
export function fitted(content: string, width: number, size = 10): string {
  if (textWidth(content, size) <= width) return content
  const letters = [...content]
  while (letters.length > 1 && textWidth(`${letters.join('')}…`, size) > width) letters.pop()
  return `${letters.join('').trimEnd()}…`
}

/** Lines of at most this width, broken at spaces; a word that is wider stands cut in pieces. */
export function wrapped(content: string, width: number, size = 10): string[] {
  const lines: string[] = []
  let current = ''
  const pieces = content.split(/\s+/).flatMap((word) => inPieces(word, width, size))
  for (const word of pieces) {
    const longer = current === '' ? word : `${current} ${word}`
    if (textWidth(longer, size) <= width) current = longer
    else {
      lines.push(current)
      current = word
    }
  }
  return [...lines, current].filter((one) => one !== '')
}

function inPieces(word: string, width: number, size: number): string[] {
  const most = Math.max(1, Math.floor(width / size))
  if (textWidth(word, size) <= width) return [word]
  const letters = [...word]
  return Array.from({ length: Math.ceil(letters.length / most) }, (_, i) =>
    letters.slice(i * most, (i + 1) * most).join(''),
  )
}

const CAPTION_SIZE = 9
const CAPTION_LINE = 12
const MARGIN = 12

export interface FigureText {
  readonly title: string
  /** What is shown and where its numbers come from; printed below. */
  readonly caption: string
}

/** The file: background, what was drawn on a ground of this size, the caption below it. */
export function figure(
  { caption, title }: FigureText,
  ground: number,
  height: number,
  drawn: readonly string[],
): string {
  const width = Math.ceil(ground)
  const lines = wrapped(caption, width - 2 * MARGIN, CAPTION_SIZE)
  const whole = Math.ceil(height) + lines.length * CAPTION_LINE + MARGIN
  const root = {
    ...{ xmlns: 'http://www.w3.org/2000/svg', width, height: whole, viewBox: `0 0 ${width} ${whole}` },
    ...{ 'font-family': FONT, role: 'img' },
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(
    'svg',
    root,
    `\n${element('title', {}, escaped(title))}\n`,
    `${element('desc', {}, escaped(caption))}\n`,
    `${element('rect', { width, height: whole, fill: '#ffffff' })}\n`,
    `${drawn.filter((one) => one !== '').join('\n')}\n`,
    ...lines.map(
      (one, i) =>
        `${text(MARGIN, height + (i + 1) * CAPTION_LINE - 3, one, { size: CAPTION_SIZE, fill: '#4c4c47' })}\n`,
    ),
  )}\n`
}
