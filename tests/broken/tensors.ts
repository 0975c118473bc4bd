/** safetensors with every bad header. */
import { readSafetensors } from '../../src/formats/safetensors'
import { offered, text, type Kinds } from './kind'

/** A file of this header and so many bytes of data. */
export function file(header: string, dataBytes = 0, length = BigInt(text(header).length)): Uint8Array {
  const json = text(header)
  const bytes = new Uint8Array(8 + json.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, length, true)
  bytes.set(json, 8)
  return bytes
}

const F32 = (from: number, to: number, shape = [(to - from) / 4]) =>
  JSON.stringify({ dtype: 'F32', shape, data_offsets: [from, to] })

const BROKEN: Readonly<Record<string, readonly [file: Uint8Array, says: string]>> = {
  'an empty file': [new Uint8Array(), 'too short'],
  'seven bytes': [new Uint8Array(7), 'too short'],
  'a header longer than the file': [file('{}', 0, 3n), 'longer than the file'],
  'a header of 2^63 bytes': [file('{}', 0, 2n ** 63n), 'longer than the file'],
  'a header of 20 MB': [file(`{"a":"${'x'.repeat(20e6)}"}`), 'over 16 MB'],
  'a list': [file('[]'), 'not a JSON object'],
  'no JSON': [file('{"a":}'), 'not JSON'],
  'no UTF-8': [Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), 'not UTF-8'],
  'a byte-order mark': [file('\ufeff{}'), 'not a JSON object'],
  'a bomb of brackets': [file(`{"a":${'['.repeat(1e6)}`), 'too deep'],
  'a name twice': [file(`{"a":${F32(0, 4)},"a":${F32(4, 8)}}`, 8), '"a" twice'],
  'a name twice, once escaped': [file(`{"a":${F32(0, 4)},"\\u0061":${F32(0, 4)}}`, 4), '"a" twice'],
  'metadata that are numbers': [file('{"__metadata__":{"a":1}}'), 'metadata are not strings'],
  'metadata twice': [file('{"__metadata__":{},"__metadata__":{}}'), 'twice'],
  'an entry that is a number': [file('{"a":1}'), 'not that of a tensor'],
  'an entry without offsets': [file('{"a":{"dtype":"F32","shape":[]}}'), 'not that of a tensor'],
  'a key of its own': [file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}`), 'not that of a tensor'],
  'an unknown type': [file('{"a":{"dtype":"C64","shape":[],"data_offsets":[0,8]}}', 8), 'type "C64"'],
  'a type from Object': [
    file('{"a":{"dtype":"constructor","shape":[],"data_offsets":[0,8]}}', 8),
    'type "constructor"',
  ],
  'a negative shape': [file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4), 'not that of a tensor'],
  'a shape of halves': [file('{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}', 2), 'not that of a tensor'],
  'a shape beyond all numbers': [
    file('{"a":{"dtype":"U8","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}'),
    'too large',
  ],
  'a shape of too many axes': [file(`{"a":${F32(0, 4, Array<number>(99).fill(1))}}`, 4), 'not that of a tensor'],
  'offsets that run backwards': [file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', 4), 'outside'],
  'offsets beyond the file': [file(`{"a":${F32(0, 8)}}`, 4), 'outside'],
  'fewer bytes than the shape needs': [file(`{"a":${F32(0, 4, [2])}}`, 4), '4 bytes for [2]'],
  'two tensors of one place': [file(`{"a":${F32(0, 8)},"b":${F32(4, 8)}}`, 8), 'shares bytes'],
  'a gap': [file(`{"a":${F32(4, 8)}}`, 8), 'belong to no tensor'],
  'bytes at the end': [file(`{"a":${F32(0, 4)}}`, 5), 'belong to no tensor'],
  'one line end': [Uint8Array.of(10), 'too short'],
  'a header of no length': [file('', 4), 'not a JSON object'],
  'a length written the other way round': [Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2, 0x7b, 0x7d), 'longer than the file'],
  'a header in UTF-16': [Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0, 0x7d, 0), 'not JSON'],
  'a number for a header': [file('17'), 'not a JSON object'],
  'null for a header': [file('null'), 'not a JSON object'],
  'two headers': [file('{}{}'), 'not JSON'],
  'a comma too many': [file('{"__metadata__":{},}'), 'not JSON'],
  'single quotes': [file("{'a':1}"), 'not JSON'],
  'a comment': [file('{/* none */}'), 'not JSON'],
  'NaN in its header': [file('{"a":NaN}'), 'not JSON'],
  'metadata that are a list': [file('{"__metadata__":["pt"]}'), 'metadata are not strings'],
  'metadata in metadata': [file('{"__metadata__":{"a":{"b":"c"}}}'), 'metadata are not strings'],
  'a type in small letters': [file('{"a":{"dtype":"f32","shape":[],"data_offsets":[0,4]}}', 4), 'type "f32"'],
  'a type of eight bits': [file('{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', 1), 'type "F8_E4M3"'],
  'a type that is a number': [file('{"a":{"dtype":1,"shape":[],"data_offsets":[0,4]}}', 4), 'not that of a tensor'],
  'no type': [file('{"a":{"shape":[],"data_offsets":[0,4]}}', 4), 'not that of a tensor'],
  'a shape in words': [file('{"a":{"dtype":"F32","shape":"1x1","data_offsets":[0,4]}}', 4), 'not that of a tensor'],
  'a shape with a gap': [file('{"a":{"dtype":"F32","shape":[null],"data_offsets":[0,4]}}', 4), 'not that of a tensor'],
  'a shape of infinity': [
    file('{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,4]}}', 4),
    'not that of a tensor',
  ],
  'three offsets': [file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,2,4]}}', 4), 'not that of a tensor'],
  'offsets in words': [file('{"a":{"dtype":"F32","shape":[1],"data_offsets":["0","4"]}}', 4), 'not that of a tensor'],
  'a negative offset': [file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}', 4), 'not that of a tensor'],
  'offsets beyond whole numbers': [
    file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[9007199254740993,9007199254740997]}}', 4),
    'not that of a tensor',
  ],
  'a tensor of no bytes with a shape': [
    file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,0]}}'),
    '0 bytes for [1]',
  ],
  'more bytes than the shape needs': [file(`{"a":${F32(0, 8, [1])}}`, 8), '8 bytes for [1]'],
  'the same tensor under two names': [file(`{"a":${F32(0, 4)},"b":${F32(0, 4)}}`, 4), 'shares bytes'],
}

export const tensors: Kinds = offered(BROKEN, (bytes) => readSafetensors('bad', bytes))
