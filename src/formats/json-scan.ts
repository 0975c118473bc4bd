/**
 * What `JSON.parse` does not tell of an object's text: a name given twice at its top, and how deep it is nested. One pass
 * without recursion over any text; whether it is JSON at all is for `JSON.parse` to say.
 */
export interface Scan {
  /** The first name that the outermost object gives twice; null where there is none. */
  readonly duplicate: string | null
  readonly depth: number
}

export function scanObject(text: string): Scan {
  const names = new Set<string>()
  let duplicate: string | null = null
  let deepest = 0
  let depth = 0
  /** Whether a string here would be a name of the outermost object. */
  let nameNext = false
  for (let at = 0; at < text.length; at++) {
    const found = text[at]
    if (found === '"') {
      const start = at++
      while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
      if (nameNext && depth === 1) {
        const name = unescaped(text.slice(start, at + 1))
        if (names.has(name)) duplicate ??= name
        names.add(name)
      }
      nameNext = false
    } else if (found === '{' || found === '[') {
      deepest = Math.max(deepest, ++depth)
      nameNext = true
    } else if (found === '}' || found === ']') depth--
    else if (found === ',') nameNext = true
  }
  return { duplicate, depth: deepest }
}

/** Escapes undone: "a" and "\u0061" are the same name. */
function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted
  }
}
