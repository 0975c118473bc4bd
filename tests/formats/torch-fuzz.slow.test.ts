/** Checkpoints with bytes changed at random, and random pickles: read, or refused by a sentence; never anything else. */
import { readFileSync } from 'node:fs'
import { unzipSync, zipSync } from 'fflate'
import fc from 'fast-check'
import { it } from 'vitest'
import { UserError } from '../../src/errors'
import { checkpoint, pickle } from './assembler'
import { readDeep } from './plain'

const bytes = (text: string) => new TextEncoder().encode(text)
const fixture = (name: string) => new Uint8Array(readFileSync(`tests/fixtures/torch/${name}`))

it.each(['padding.pth.tar', 'protocol4.pt', 'legacy.pt', 'namespace.pt'])('%s with bytes changed', (name) => {
  const file = fixture(name)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(file.length), { freq: 8 }),
      (changes, length) => {
        const changed = file.slice(0, length ?? file.length)
        for (const [at, byte] of changes) if (at < changed.length) changed[at] = byte
        readOrRefuse(changed)
      },
    ),
    { numRuns: 1000 },
  )
})

it('the pickle of a good zip with bytes changed', () => {
  const parts = unzipSync(fixture('namespace.pt'))
  const [path] = Object.keys(parts).filter((name) => name.endsWith('data.pkl'))
  const data = parts[path!]!
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(data.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), (changes) => {
      const changed = data.slice()
      for (const [at, byte] of changes) changed[at] = byte
      readOrRefuse(zipSync({ ...parts, [path!]: changed }, { level: 0 }))
    }),
    { numRuns: 4000 },
  )
})

it('any bytes as a pickle', () => {
  const opcodes = [
    ...bytes('(.0123FGIJKLMNQRSTUVXabcdeghijlopqrstu})]'),
    ...Array.from({ length: 24 }, (_, i) => 0x80 + i),
  ]
  const program = fc.array(fc.oneof(fc.constantFrom(...opcodes), fc.nat(255)), { maxLength: 60 })
  fc.assert(
    fc.property(program, (code) => readOrRefuse(checkpoint(pickle(code)))),
    { numRuns: 20_000 },
  )
})

function readOrRefuse(file: Uint8Array): void {
  try {
    readDeep('changed', file)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
  }
}
