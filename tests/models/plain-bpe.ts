/**
 * CLIP's tokenizer once more, written from openai/CLIP's `simple_tokenizer.py` and without our library: slow, plain, and
 * independent of what it is compared with. As the hub's tokenizers do, it normalises to NFC and unescapes no HTML.
 */

/** Printable stand-ins for the 256 bytes: a byte that prints stands for itself, the others follow from U+0100 on. */
function byteLetters(): string[] {
  const prints = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173)
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(prints(byte) ? byte : next++))
}

const LETTERS = byteLetters()
const SPACES = /\p{White_Space}+/gu
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu
const SPECIALS = /(<\|startoftext\|>|<\|endoftext\|>)/

/** Merges in the order of their ranks, "left right". @returns token ids of a text, start and end included, not cut */
export function plainBpe(
  vocab: Readonly<Record<string, number>>,
  merges: readonly string[],
): (text: string) => number[] {
  const ranks = new Map(merges.map((merge, rank) => [merge, rank]))
  const [start, end] = [vocab['<|startoftext|>']!, vocab['<|endoftext|>']!]

  function merged(word: string): string[] {
    const letters = Array.from(new TextEncoder().encode(word), (byte) => LETTERS[byte]!)
    let parts = letters.map((letter, i) => (i === letters.length - 1 ? `${letter}</w>` : letter))
    for (;;) {
      const pairs = parts.slice(1).map((right, i) => `${parts[i]!} ${right}`)
      const known = pairs.filter((pair) => ranks.has(pair)).sort((a, b) => ranks.get(a)! - ranks.get(b)!)
      const best = known[0]
      if (best === undefined) return parts
      const next: string[] = []
      for (let i = 0; i < parts.length; i++) {
        const both = `${parts[i]!} ${parts[i + 1] ?? ''}` === best
        next.push(both ? parts[i]! + parts[i + 1]! : parts[i]!)
        if (both) i++
      }
      parts = next
    }
  }

  function section(text: string): number[] {
    if (text === '<|startoftext|>') return [start]
    if (text === '<|endoftext|>') return [end]
    const words = text.match(WORDS) ?? []
    return words.flatMap((word) => merged(word).map((token) => vocab[token] ?? end))
  }

  return (text) => {
    const clean = text.normalize('NFC').replace(SPACES, ' ').toLowerCase()
    return [start, ...clean.split(SPECIALS).flatMap(section), end]
  }
}
