import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openSafetensors } from '../../../main/engine/model/formats/safetensors/safetensors.ts'
import { type TensorToWrite, writeSafetensors } from '../../../main/engine/model/formats/safetensors/write-safetensors.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-safetensors-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'x.safetensors')

const values = Float32Array.from([0, -1, 0.5, 3, -0.25, 2])
const tensors: TensorToWrite[] = [
  { name: 'b', shape: [2, 3], dtype: 'F32', data: values },
  { name: 'a', shape: [6], dtype: 'BF16', data: values },
  { name: 'c', shape: [3, 1, 2], dtype: 'F16', data: values },
  { name: 'empty', shape: [0, 4], dtype: 'F32', data: new Float32Array(0) },
]

/** A file with this header and a number of data bytes. */
function file(header: string | Buffer | object, dataBytes: number): string {
  const json = Buffer.isBuffer(header) ? header : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  writeFileSync(path, Buffer.concat([length, json, Buffer.alloc(dataBytes)]))
  return path
}
const entry = (dtype: string, shape: unknown, ...offsets: number[]) => ({ dtype, shape, data_offsets: offsets })

test('written tensors are read back in every type', () => {
  writeSafetensors(path, tensors)
  const source = openSafetensors(path)
  expect(source.names).toEqual(['b', 'a', 'c', 'empty'])
  for (const tensor of tensors) {
    expect(source.shape(tensor.name)).toEqual(tensor.shape)
    expect(source.read(tensor.name)).toEqual(tensor.data)
  }
  source.close()
  expect(() => source.read('a')).toThrow(/read after it was closed/)
})

test('the same tensors give the same bytes, with the header padded to 8', () => {
  writeSafetensors(path, tensors)
  const first = readFileSync(path)
  writeSafetensors(path, tensors)
  expect(readFileSync(path)).toEqual(first)
  expect(Number(first.readBigUInt64LE()) % 8).toBe(0)
  expect(first.subarray(8, 40).toString()).toBe('{"__metadata__":{"format":"pt"},')
})

test('a getter is read once, when its tensor is written', () => {
  let reads = 0
  const lazy = {
    name: 'x',
    shape: [6],
    dtype: 'F32' as const,
    get data() {
      reads++
      return values
    },
  }
  writeSafetensors(path, [lazy])
  expect(reads).toBe(1)
})

test('values can be written in chunks, each requested after the previous one was written', () => {
  const written: number[] = []
  function* pieces() {
    const piece = new Float32Array(2)
    for (const [a, b] of [
      [0, -1],
      [0.5, 3],
      [-0.25, 2],
    ]) {
      piece.set([a, b]) // the same array each time
      yield piece
      written.push(readFileSync(path).length)
    }
  }
  writeSafetensors(path, [{ name: 'b', shape: [2, 3], dtype: 'F32', data: pieces() }])
  expect(written.map((length) => length - written[0])).toEqual([0, 8, 16])
  expect(openSafetensors(path).read('b')).toEqual(values)
  const short = { name: 'x', shape: [4], dtype: 'F32' as const }
  expect(() => writeSafetensors(path, [{ ...short, data: [values.subarray(0, 3)] }])).toThrow(/shape \[4\] has 3 values/)
  expect(() => writeSafetensors(path, [{ ...short, data: [values, values] }])).toThrow(/shape \[4\] has 6 values/)
})

test('data that does not fill its shape is not written', () => {
  expect(() => writeSafetensors(path, [{ name: 'x', shape: [7], dtype: 'F32', data: values }])).toThrow(/shape \[7\] has 6 values/)
  expect(() => writeSafetensors(path, [tensors[0], tensors[0]])).toThrow(/written twice/)
})

test('a file larger than one read of 16-bit values is read in chunks', () => {
  const large = new Float32Array((1 << 22) + 5).map((_, i) => (i % 251) - 100)
  writeSafetensors(path, [{ name: 'x', shape: [large.length], dtype: 'BF16', data: large }])
  const source = openSafetensors(path)
  expect(Buffer.compare(Buffer.from(source.read('x').buffer), Buffer.from(large.buffer))).toBe(0)
  source.close()
})

const broken: [name: string, header: string | Buffer | object, bytes: number, message: RegExp][] = [
  ['a header that is not JSON', '{"a":', 0, /header isn't JSON/],
  ['a header that is not an object', '[1, 2]', 0, /doesn't start with \{/],
  ['a header that is not UTF-8 text', Buffer.from('{"\xff":{}}', 'latin1'), 0, /header isn't JSON/],
  [
    'a tensor named twice',
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    4,
    /"a" twice/,
  ],
  ['a key repeated within a tensor', '{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}', 4, /"dtype" twice/],
  [
    'a duplicate hidden by an escape',
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    4,
    /"a" twice/,
  ],
  ['a tensor without offsets', { a: { dtype: 'F32', shape: [1] } }, 4, /"a" has an invalid entry/],
  ['a negative dimension', { a: entry('F32', [-1], 0, 4) }, 4, /"a" has an invalid entry/],
  ['a shape that does not match the offsets', { a: entry('F32', [2], 0, 4) }, 4, /can't have 4 bytes/],
  ['a shape beyond all memory', { a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, 4, /can't have 4 bytes/],
  ['offsets that run backwards', { a: entry('F32', [1], 4, 0) }, 4, /can't have -4 bytes/],
  ['tensors that overlap', { a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, 8, /overlaps/],
  ['a gap between tensors', { a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, 12, /follows a gap/],
  ['a gap before the first tensor', { a: entry('F32', [1], 4, 8) }, 8, /follows a gap/],
  ['bytes after the last tensor', { a: entry('F32', [1], 0, 4) }, 6, /2 bytes follow/],
  ['truncated data', { a: entry('F32', [2], 0, 8) }, 7, /truncated/],
  ['a tensor named __proto__', '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4, /"__proto__" has an invalid entry/],
]

test.each(broken)('%s is rejected', (_, header, bytes, message) => {
  expect(() => openSafetensors(file(header, bytes))).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringMatching(message) }),
  )
  expect(() => openSafetensors(file(header, bytes))).toThrow(path)
})

test.each(['F64', 'I64', 'I32', 'U8', 'BOOL', 'F8_E4M3'])('weights in %s are rejected as unsupported', (dtype) => {
  const open = () => openSafetensors(file({ a: entry(dtype, [1], 0, 8) }, 8))
  expect(open).toThrow(expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining(`tensor a is ${dtype}`) }))
})

test('a header longer than the file, and a file too short for a header length, are rejected', () => {
  writeFileSync(path, Buffer.from([255, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]))
  expect(() => openSafetensors(path)).toThrow(/truncated/)
  writeFileSync(path, Buffer.from([2, 0, 0]))
  expect(() => openSafetensors(path)).toThrow(/3 bytes is too short/)
  writeFileSync(path, Buffer.alloc(16, 0xff))
  expect(() => openSafetensors(path)).toThrow(/not a safetensors file/)
})

test('a missing file is NOT_FOUND', () => {
  expect(() => openSafetensors(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
})
