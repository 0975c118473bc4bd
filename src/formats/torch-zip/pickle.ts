/**
 * Python's pickle as a format of data: an interpreter of the opcodes that checkpoints are written with (protocols 2 to 5,
 * Lib/pickletools.py). Nothing is ever imported or executed: a name that is not on the caller's list is refused, and those
 * on it stand for functions of our own. No recursion; what a file can make is bounded by its length and the limits here.
 */
import { UserError } from '../../errors'
import { PickleGlobal, PickleRecord, type PickleDict, type PickleValue } from './values'
import { refuseMonsters } from './weigh'

const MAX_BYTES = 32 * 2 ** 20
const MAX_OPCODES = 2_000_000
const MAX_STACK = 250_000
const MAX_MEMO = 250_000
const MAX_LINE = 4096
const MAX_INTEGER_BYTES = 32

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const MARK = Symbol('mark')
type Slot = PickleValue | typeof MARK

export interface PickleHost {
  /** What the file is called, for people. */
  readonly name: string
  /** The global of this name, or null to refuse it. */
  find(name: string): PickleGlobal | null
  persistentLoad(id: PickleValue): PickleValue
}

export const damaged = (name: string, what: string, cause?: unknown): UserError =>
  new UserError(
    `"${name}" is not a checkpoint that can be read: ${what}.`,
    'Save it anew with PyTorch, as torch.save(module.state_dict(), path).',
    { cause },
  )

const forbidden = (name: string, what: string): UserError =>
  new UserError(
    `"${name}" asks for "${what.slice(0, 120)}", which has no place in a file of tensors; nothing of it was run.`,
    'If you trust where it comes from, save only tensors and plain values with PyTorch: torch.save(module.state_dict(), path).',
  )

/**
 * Reads one pickle from `at`.
 * @returns the value and where the pickle ends
 * @throws UserError
 */
export function readPickle(host: PickleHost, bytes: Uint8Array, at = 0): { value: PickleValue; end: number } {
  if (bytes.length - at > MAX_BYTES) bytes = bytes.subarray(0, at + MAX_BYTES)
  const machine = new Machine(host, bytes, at)
  const value = machine.run()
  refuseMonsters(host.name, value)
  return { value, end: machine.at }
}

class Machine {
  readonly #stack: Slot[] = []
  readonly #memo = new Map<number, PickleValue>()
  readonly #view: DataView

  constructor(
    readonly host: PickleHost,
    readonly bytes: Uint8Array,
    public at: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  run(): PickleValue {
    for (let opcodes = 0; opcodes < MAX_OPCODES; opcodes++) {
      const code = String.fromCharCode(this.#bytes(1)[0]!)
      if (code === '.') return this.#pop()
      this.#execute(code)
      if (this.#stack.length > MAX_STACK || this.#memo.size > MAX_MEMO) break
    }
    throw damaged(this.host.name, 'it holds far more than tensors')
  }

  #execute(code: string): void {
    switch (code) {
      // Protocol and framing: nothing to do.
      case '\x80': {
        const protocol = this.#unsigned(1)
        if (protocol > 5) throw damaged(this.host.name, `it is of pickle protocol ${protocol}`)
        return
      }
      case '\x95':
        return void this.#length(8)
      // The stack and the memo.
      case '(':
        return void this.#stack.push(MARK)
      case '0':
        if (this.#stack.pop() === undefined) throw this.#wrong()
        return
      case '1':
        return void this.#toMark()
      case '2':
        return this.#push(this.#top())
      case 'q':
        return this.#remember(this.#unsigned(1))
      case 'r':
        return this.#remember(this.#unsigned(4))
      case 'p':
        return this.#remember(this.#decimal())
      case '\x94':
        return this.#remember(this.#memo.size)
      case 'h':
        return this.#recall(this.#unsigned(1))
      case 'j':
        return this.#recall(this.#unsigned(4))
      case 'g':
        return this.#recall(this.#decimal())
      // Plain values.
      case 'N':
        return this.#push(null)
      case '\x88':
        return this.#push(true)
      case '\x89':
        return this.#push(false)
      case 'I': {
        const line = this.#line()
        return this.#push(line === '00' || line === '01' ? line === '01' : this.#integer(line))
      }
      case 'L':
        return this.#push(this.#integer(this.#line().replace(/L$/, '')))
      case 'J':
        return this.#push(new DataView(this.#copy(4)).getInt32(0, true))
      case 'K':
        return this.#push(this.#unsigned(1))
      case 'M':
        return this.#push(this.#unsigned(2))
      case '\x8a':
        return this.#push(this.#long(this.#unsigned(1)))
      case '\x8b':
        return this.#push(this.#long(this.#unsigned(4)))
      case 'G':
        return this.#push(new DataView(this.#copy(8)).getFloat64(0, false))
      case 'F': {
        const number = Number(this.#line())
        return this.#push(number)
      }
      case 'U':
        return this.#push(this.#latin(this.#unsigned(1)))
      case 'T':
        return this.#push(this.#latin(this.#unsigned(4)))
      case '\x8c':
        return this.#push(this.#text(this.#unsigned(1)))
      case 'X':
        return this.#push(this.#text(this.#unsigned(4)))
      case '\x8d':
        return this.#push(this.#text(this.#length(8)))
      case 'C':
        return this.#push(this.#bytes(this.#unsigned(1)).slice())
      case 'B':
        return this.#push(this.#bytes(this.#unsigned(4)).slice())
      case '\x8e':
      case '\x96':
        return this.#push(this.#bytes(this.#length(8)).slice())
      // Containers.
      case ')':
      case ']':
        return this.#push([])
      case '}':
        return this.#push(new Map())
      case '\x8f':
        return this.#push(new Set())
      case '\x85':
        return this.#push(this.#popMany(1))
      case '\x86':
        return this.#push(this.#popMany(2))
      case '\x87':
        return this.#push(this.#popMany(3))
      case 't':
      case 'l':
        return this.#push(this.#toMark())
      case '\x91':
        return this.#push(new Set(this.#toMark()))
      case 'd':
        return this.#push(this.#setItems(new Map(), this.#toMark()))
      case 'a':
        return this.#append(this.#popMany(1))
      case 'e':
        return this.#append(this.#toMark())
      case 's':
        return this.#setOnTop(this.#popMany(2))
      case 'u':
        return this.#setOnTop(this.#toMark())
      case '\x90': {
        const items = this.#toMark()
        const set = this.#top()
        if (!(set instanceof Set)) throw this.#wrong()
        for (const item of items) set.add(item)
        return
      }
      // Names, and what is made by them.
      case 'c': {
        const module = this.#line()
        return this.#push(this.#global(module, this.#line()))
      }
      case '\x93': {
        const [module, name] = this.#popMany(2)
        if (typeof module !== 'string' || typeof name !== 'string') throw this.#wrong()
        return this.#push(this.#global(module, name))
      }
      case 'R':
      case '\x81': {
        const [callee, args] = this.#popMany(2)
        if (!Array.isArray(args)) throw this.#wrong()
        return this.#push(this.#call(callee!, args))
      }
      case '\x92': {
        const [callee, args, named] = this.#popMany(3)
        if (!Array.isArray(args) || !(named instanceof Map) || named.size > 0) throw this.#wrong()
        return this.#push(this.#call(callee!, args))
      }
      case 'b': {
        const [state] = this.#popMany(1)
        return this.#build(this.#top(), state!)
      }
      case 'Q':
        return this.#push(this.host.persistentLoad(this.#pop()))
      default:
        throw damaged(
          this.host.name,
          `its pickle holds the instruction 0x${code.charCodeAt(0).toString(16).padStart(2, '0')}, which files of tensors do without`,
        )
    }
  }

  #global(module: string, name: string): PickleGlobal {
    const full = `${module.replace(/^__builtin__$/, 'builtins').replace(/^copy_reg$/, 'copyreg')}.${name}`
    const found = this.host.find(full)
    if (found === null) throw forbidden(this.host.name, full)
    return found
  }

  #call(callee: PickleValue, args: readonly PickleValue[]): PickleValue {
    if (callee instanceof PickleGlobal && callee.call) return callee.call(args)
    throw forbidden(this.host.name, callee instanceof PickleGlobal ? `a call of ${callee.name}` : 'a call of a value')
  }

  /** `__setstate__` of what is known: a record takes fields; an OrderedDict's attributes (`_metadata`) are of no use here. */
  #build(target: PickleValue, state: PickleValue): void {
    if (target instanceof Map && (state instanceof Map || state === null)) return
    if (!(target instanceof PickleRecord)) throw this.#wrong()
    if (target.takesState) {
      if (target.takesState(state)) return
      throw this.#wrong()
    }
    // Classes with __slots__ have a pair: their dict, and their slots.
    const parts = Array.isArray(state) && state.length === 2 ? state : [state]
    for (const part of parts) {
      if (part === null) continue
      if (!(part instanceof Map)) throw this.#wrong()
      for (const [key, value] of part) target.fields.set(key, value)
    }
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#top()
    if (!Array.isArray(list)) throw this.#wrong()
    for (const item of items) list.push(item)
  }

  #setOnTop(items: readonly PickleValue[]): void {
    const dict = this.#top()
    if (!(dict instanceof Map)) throw this.#wrong()
    this.#setItems(dict, items)
  }

  #setItems(dict: PickleDict, items: readonly PickleValue[]): PickleDict {
    if (items.length % 2 !== 0) throw this.#wrong()
    for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!)
    return dict
  }

  #push(value: PickleValue): void {
    this.#stack.push(value)
  }

  #top(): PickleValue {
    const top = this.#stack.at(-1)
    if (top === undefined || top === MARK) throw this.#wrong()
    return top
  }

  #pop(): PickleValue {
    const top = this.#top()
    this.#stack.pop()
    return top
  }

  #popMany(count: number): PickleValue[] {
    const values = Array.from({ length: count }, () => this.#pop())
    return values.reverse()
  }

  #toMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK)
    if (mark < 0) throw this.#wrong()
    const values = this.#stack.splice(mark).slice(1)
    return values as PickleValue[]
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top())
  }

  #recall(index: number): void {
    const value = this.#memo.get(index)
    if (value === undefined) throw this.#wrong()
    this.#push(value)
  }

  #bytes(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw damaged(this.host.name, 'its pickle is not whole')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  #copy(length: number): ArrayBuffer {
    return new Uint8Array(this.#bytes(length)).buffer
  }

  #unsigned(length: 1 | 2 | 4): number {
    const start = this.at
    this.#bytes(length)
    if (length === 1) return this.#view.getUint8(start)
    return length === 2 ? this.#view.getUint16(start, true) : this.#view.getUint32(start, true)
  }

  /** A length of eight bytes. */
  #length(length: 8): number {
    const value = new DataView(this.#copy(length)).getBigUint64(0, true)
    if (value > BigInt(this.bytes.length)) throw damaged(this.host.name, 'its pickle is not whole')
    return Number(value)
  }

  #long(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw damaged(this.host.name, 'it holds a number of absurd size')
    const bytes = this.#bytes(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[i]!)
    if (length > 0 && bytes[length - 1]! & 0x80) value -= 1n << BigInt(8 * length)
    return plainInteger(value)
  }

  #integer(text: string): number | bigint {
    if (!/^-?\d{1,77}$/.test(text)) throw this.#wrong()
    return plainInteger(BigInt(text))
  }

  #decimal(): number {
    const text = this.#line()
    if (!/^\d{1,9}$/.test(text)) throw this.#wrong()
    return Number(text)
  }

  #line(): string {
    const end = this.bytes.subarray(this.at, this.at + MAX_LINE).indexOf(10)
    if (end < 0) throw damaged(this.host.name, 'its pickle is not whole')
    const text = this.#text(end)
    this.at++
    return text.replace(/\r$/, '')
  }

  #text(length: number): string {
    try {
      return UTF8.decode(this.#bytes(length))
    } catch (cause) {
      if (cause instanceof UserError) throw cause
      throw damaged(this.host.name, 'a text in it is not UTF-8', cause)
    }
  }

  /** Python 2's strings: bytes, each a letter. */
  #latin(length: number): string {
    let text = ''
    const bytes = this.#bytes(length)
    for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096))
    return text
  }

  #wrong(): UserError {
    return damaged(this.host.name, 'its pickle makes no sense')
  }
}

function plainInteger(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
