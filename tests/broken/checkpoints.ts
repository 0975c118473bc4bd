/** Checkpoints made to do harm, or broken. */
import { readFileSync } from 'node:fs'
import { gzipSync, zipSync } from 'fflate'
import { CENTRAL, checkpoint, END, LOCAL, op, patch, pickle, storage, tensor } from '../formats/assembler'
import { readDeep } from '../formats/plain'
import { offered, text, type Kinds } from './kind'

const calls = (module: string, name: string, argument = 'echo harm') =>
  checkpoint(pickle(op.global(module, name), op.string(argument), op.tuple1, op.reduce))
/** What most of these are made of: a tensor of four zeros. */
export const good = checkpoint(pickle(tensor([4], [1])))
const zipOf = (files: Record<string, Uint8Array>, level: 0 | 9 = 0) => zipSync(files, { level })
const fixture = (name: string) => new Uint8Array(readFileSync(`tests/fixtures/torch/${name}`))
const times = (n: number, part: readonly number[]) => Array.from({ length: n }, () => part).flat()

/** A list of two of the list before, 40 times: 2^40 values to walk. */
const laughs = [...op.list, ...times(40, [...op.put(0), ...op.pop, ...op.list, ...op.mark, ...op.get(0), ...op.get(0), ...op.appends])] // prettier-ignore

const HOSTILE: Readonly<Record<string, readonly [file: Uint8Array, says: string]>> = {
  // Known ways around lists of forbidden names.
  'pickle.loads': [calls('pickle', 'loads'), 'pickle.loads'],
  'pty.spawn': [calls('pty', 'spawn'), 'pty.spawn'],
  'ctypes.CDLL': [calls('ctypes', 'CDLL'), 'ctypes.CDLL'],
  'shutil.rmtree': [calls('shutil', 'rmtree'), 'shutil.rmtree'],
  'operator.attrgetter': [calls('operator', 'attrgetter'), 'operator.attrgetter'],
  'functools.partial': [calls('functools', 'partial'), 'functools.partial'],
  'timeit.timeit': [calls('timeit', 'timeit'), 'timeit.timeit'],
  'code.InteractiveInterpreter': [calls('code', 'InteractiveInterpreter'), 'code.InteractiveInterpreter'],
  'webbrowser.open': [calls('webbrowser', 'open'), 'webbrowser.open'],
  'pip.main': [calls('pip', 'main'), 'pip.main'],
  'torch.utils.collect_env.run': [calls('torch.utils.collect_env', 'run'), 'torch.utils.collect_env.run'],
  'torch.jit._recursive.try_compile_fn': [
    calls('torch.jit._recursive', 'try_compile_fn'),
    'torch.jit._recursive.try_compile_fn',
  ],
  'numpy.testing._private.utils.runstring': [
    calls('numpy.testing._private.utils', 'runstring'),
    'numpy.testing._private.utils.runstring',
  ],
  'numpy.load': [calls('numpy', 'load'), 'numpy.load'],

  // Names that run something, in Python's many ways.
  'os.system': [calls('os', 'system'), 'os.system'],
  'posix.system': [calls('posix', 'system'), 'posix.system'],
  'nt.system': [calls('nt', 'system'), 'nt.system'],
  'subprocess.Popen': [calls('subprocess', 'Popen'), 'subprocess.Popen'],
  'builtins.eval': [calls('builtins', 'eval'), 'builtins.eval'],
  'builtins.exec': [calls('builtins', 'exec'), 'builtins.exec'],
  '__builtin__.eval': [calls('__builtin__', 'eval'), 'builtins.eval'],
  'builtins.getattr': [calls('builtins', 'getattr'), 'builtins.getattr'],
  'builtins.__import__': [calls('builtins', '__import__'), 'builtins.__import__'],
  'builtins.open': [calls('builtins', 'open'), 'builtins.open'],
  'importlib.import_module': [calls('importlib', 'import_module'), 'importlib.import_module'],
  'runpy.run_path': [calls('runpy', 'run_path'), 'runpy.run_path'],
  'torch.load': [calls('torch', 'load'), 'torch.load'],
  'torch.hub.load': [calls('torch.hub', 'load'), 'torch.hub.load'],
  'torch.storage._load_from_bytes': [calls('torch.storage', '_load_from_bytes'), '_load_from_bytes'],
  'a dotted name': [calls('collections', 'OrderedDict.__init__'), 'OrderedDict.__init__'],
  'a name of JavaScript': [calls('constructor', 'constructor'), 'constructor.constructor'],
  'a name of Object': [calls('', '__proto__'), '__proto__'],
  'os.system by STACK_GLOBAL': [
    checkpoint(pickle(op.string('os'), op.string('system'), [0x93], op.string('x'), op.tuple1, op.reduce)),
    'os.system',
  ],
  'os.system by NEWOBJ': [checkpoint(pickle(op.global('os', 'system'), op.emptyTuple, op.newObject)), 'os.system'],
  'os.system by INST': [checkpoint(pickle(op.mark, op.string('x'), [...text('ios\nsystem\n')])), '0x69'],
  'os.system by OBJ': [checkpoint(pickle(op.mark, op.global('os', 'system'), [0x6f])), 'os.system'],
  'an extension': [checkpoint(pickle([0x82, 1])), '0x82'],
  'a persistent id in text': [checkpoint(pickle([...text('Pharm\n')])), '0x50'],
  'a buffer out of band': [checkpoint(pickle([0x97])), '0x97'],
  'a class of its own': [calls('harm', 'Harm'), 'harm.Harm'],
  // Calls and states of what may not be called or set.
  'a call of a string': [checkpoint(pickle(op.string('x'), op.emptyTuple, op.reduce)), 'a call of a value'],
  'a call of a storage class': [calls('torch', 'FloatStorage'), 'a call of torch.FloatStorage'],
  'arguments that are no tuple': [
    checkpoint(pickle(op.global('collections', 'OrderedDict'), op.none, op.reduce)),
    'makes no sense',
  ],
  'a state for a list': [checkpoint(pickle(op.list, op.dict, op.build)), 'makes no sense'],
  'a rebuild by another function': [
    checkpoint(pickle(op.global('torch._tensor', '_rebuild_from_type_v2'), op.mark, op.global('collections', 'OrderedDict'), op.none, op.emptyTuple, op.dict, op.tuple, op.reduce)), // prettier-ignore
    'tensor',
  ],
  // Pickles that make no sense.
  'an empty pickle': [checkpoint(new Uint8Array()), 'not whole'],
  'only an end': [checkpoint(pickle()), 'makes no sense'],
  'a value too few': [checkpoint(pickle(op.tuple2)), 'makes no sense'],
  'a tuple without its mark': [checkpoint(pickle(op.tuple)), 'makes no sense'],
  'a mark as the value': [checkpoint(pickle(op.mark)), 'makes no sense'],
  'an unknown memo': [checkpoint(pickle(op.get(7))), 'makes no sense'],
  'an append to nothing': [checkpoint(pickle(op.none, op.none, op.append)), 'makes no sense'],
  'an odd dict': [checkpoint(pickle(op.dict, op.mark, op.none, op.setItems)), 'makes no sense'],
  'no end': [checkpoint(Uint8Array.from([0x80, 2, 0x4e])), 'not whole'],
  'protocol 9': [checkpoint(Uint8Array.from([0x80, 9, 0x4e, 0x2e])), 'protocol 9'],
  'a text longer than the file': [checkpoint(pickle([0x58, 255, 255, 255, 255])), 'not whole'],
  'a text of 2^63 bytes': [checkpoint(pickle([0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80])), 'not whole'],
  'a number of 4 GB': [checkpoint(pickle([0x8b, 255, 255, 255, 255])), 'absurd size'],
  'a number in a million digits': [checkpoint(pickle([...text(`L${'9'.repeat(1e6)}L\n`)])), 'not whole'],
  'a text that is no UTF-8': [checkpoint(pickle([0x58, 1, 0, 0, 0, 0xff])), 'not UTF-8'],
  // Values that are endless to walk.
  'a list in itself': [checkpoint(pickle(op.list, op.put(0), op.get(0), op.append)), 'contains itself'],
  'a dict in itself': [checkpoint(pickle(op.dict, op.put(0), op.none, op.get(0), op.setItem)), 'contains itself'],
  'a million laughs': [checkpoint(pickle(laughs)), 'unfolds'],
  'a hundred thousand brackets': [checkpoint(pickle(op.none, times(100_000, op.tuple1))), 'too deep'],
  'millions of values': [checkpoint(pickle(times(250_100, op.none))), 'far more than tensors'],
  'millions of memos': [checkpoint(pickle(op.none, times(250_100, op.memoize))), 'far more than tensors'],
  // Tensors that reach out of their storage.
  'too many elements': [checkpoint(pickle(tensor([5], [1]))), 'does not lie within'],
  'an offset beyond': [checkpoint(pickle(tensor([1], [1], { offset: 4 }))), 'does not lie within'],
  'a negative offset': [checkpoint(pickle(tensor([1], [1], { offset: -1 }))), 'does not lie within'],
  'a stride beyond': [checkpoint(pickle(tensor([2], [4]))), 'does not lie within'],
  'a negative stride': [checkpoint(pickle(tensor([2], [-1], { offset: 1 }))), 'does not lie within'],
  'a negative size': [checkpoint(pickle(tensor([-4], [1]))), 'does not lie within'],
  'two negative sizes': [checkpoint(pickle(tensor([-2, -2], [1, 1]))), 'does not lie within'],
  'a size in halves': [checkpoint(pickle(tensor([0.5], [1]))), 'does not lie within'],
  'a size of 2^60': [checkpoint(pickle(tensor([2n ** 60n], [0]))), 'shape'],
  'sizes whose product overflows': [checkpoint(pickle(tensor([2 ** 30, 2 ** 30, 2 ** 30], [0, 0, 0]))), 'within'],
  'one number repeated to gigabytes': [checkpoint(pickle(tensor([2 ** 30], [0]))), 'does not lie within'],
  'one number repeated to millions': [checkpoint(pickle(tensor([2 ** 24], [0]))), 'does not lie within'],
  'fewer strides than sizes': [checkpoint(pickle(tensor([2, 2], [1]))), 'does not lie within'],
  'a hundred axes': [checkpoint(pickle(tensor(Array<number>(100).fill(1), Array<number>(100).fill(1)))), 'within'],
  'no storage': [checkpoint(pickle(tensor([1], [1], { of: op.none }))), 'tensor'],
  'a storage that is missing': [
    checkpoint(pickle(tensor([4], [1], { of: storage('FloatStorage', '9') }))),
    '"9" is missing',
  ],
  'a storage named by a path': [checkpoint(pickle(storage('FloatStorage', '../data.pkl'))), 'is missing'],
  'a storage longer than its file': [checkpoint(pickle(storage('FloatStorage', '0', op.int(5)))), '16 bytes for 5'],
  'a storage of -1 elements': [checkpoint(pickle(storage('FloatStorage', '0', op.int(-1)))), '16 bytes'],
  'a storage of two types': [checkpoint(pickle(storage(), storage('IntStorage'), op.tuple2)), 'two types'],
  'an unknown storage': [checkpoint(pickle(storage('ComplexFloatStorage'))), 'torch.ComplexFloatStorage'],
  'a persistent id of another kind': [checkpoint(pickle(op.string('x'), op.persistent)), 'no storage'],
  'a strange byte order': [checkpoint(pickle(op.none), { 'archive/byteorder': text('middle') }), 'byte order'],
  // Zips.
  'no zip at all': [text('hello, this is text'), 'not a file that torch.save wrote'],
  nothing: [new Uint8Array(), 'not a file that torch.save wrote'],
  'a gzip': [gzipSync(good), 'not a file that torch.save wrote'],
  'a bare pickle': [pickle(op.none), 'not a file that torch.save wrote'],
  'the first half of a zip': [good.slice(0, good.length / 2), 'its end is missing'],
  'a zip of something else': [zipOf({ 'a/b.txt': text('x') }), 'data.pkl'],
  'two checkpoints in one': [zipOf({ 'a/data.pkl': pickle(op.none), 'b/data.pkl': pickle(op.none) }), 'data.pkl'],
  'a path out of the zip': [checkpoint(pickle(op.none), { '../../etc/passwd': text('x') }), 'leads out'],
  'an absolute path': [checkpoint(pickle(op.none), { '/etc/passwd': text('x') }), 'leads out'],
  'a path of Windows': [checkpoint(pickle(op.none), { 'C:/x': text('x') }), 'leads out'],
  'a path with backslashes': [checkpoint(pickle(op.none), { 'a\\..\\b': text('x') }), 'leads out'],
  'a bomb of zeros': [patch(zipOf({ 'a/data.pkl': new Uint8Array(8e6) }, 9), CENTRAL, 24, 50_000), 'not whole'],
  'sizes that lie, too small': [patch(zipOf({ 'a/data.pkl': new Uint8Array(5000) }, 9), CENTRAL, 24, 10), 'not whole'],
  'sizes that lie, too large': [
    patch(zipOf({ 'a/data.pkl': new Uint8Array(5000) }, 9), CENTRAL, 24, 6000),
    'not whole',
  ],
  'a size of 4 GB': [patch(good, CENTRAL, 24, 0xfffffffe), 'more than this program takes'],
  'one name twice': [swap(swap(zipOf({ 'a/data.pkl': pickle(op.none), 'a/x': text('1'), 'a/y': text('2') }), [...text('a/y')], [...text('a/x')]), [...text('a/y')], [...text('a/x')]), 'twice'], // prettier-ignore
  'a small file that unpacks to 70 MB': [patch(zipOf({ 'a/data.pkl': new Uint8Array(1e5) }, 9), CENTRAL, 24, 70e6), 'more than this program takes'], // prettier-ignore
  'a size that nothing packs to': [patch(good, CENTRAL, 24, 900_000), 'cannot be true'],
  'a place beyond the file': [patch(good, CENTRAL, 42, 0x7fffffff), 'not where it should be'],
  'two files in one place': [patch(good, CENTRAL, 42, 0), 'share bytes'],
  'sixty thousand files that are not there': [patch(patch(good, END, 8, 60000, 2), END, 10, 60000, 2), '60000 entries'],
  'a few files that are not there': [patch(patch(good, END, 8, 9, 2), END, 10, 9, 2), 'list of files is not whole'],
  'a list beyond the file': [patch(good, END, 16, 0x7fffffff), 'not where it should be'],
  encrypted: [patch(good, CENTRAL, 8, 1, 2), 'encrypted'],
  'packed by an unknown method': [patch(good, CENTRAL, 10, 14, 2), 'unusual way'],
  'a wrong checksum': [patch(good, CENTRAL, 16, 1), 'not whole'],
  'a local head that is none': [patch(good, LOCAL, 3, 9, 2), 'not where it should be'],
  'a name that is no UTF-8': [patch(good, CENTRAL, 46, 0xffffffff), 'not UTF-8'],
  // The format before the zip.
  'an old file cut short': [fixture('legacy.pt').slice(0, 400), 'not whole'],
  'an old file without its end': [fixture('legacy.pt').slice(0, -20), 'end is missing'],
  'an old file of another version': [
    swap(fixture('legacy.pt'), [0x4d, 0xe9, 0x03], [0x4d, 0xea, 0x03]),
    'head is unknown',
  ],
}

function swap(file: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const copy = file.slice()
  const at = copy.findIndex((_, i) => from.every((byte, k) => copy[i + k] === byte))
  copy.set(to, at)
  return copy
}

export const checkpoints: Kinds = offered(HOSTILE, (file) => readDeep('bad.pth', file))
