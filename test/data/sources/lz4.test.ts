import { describe, expect, test } from 'vitest'
import { hadoopLz4, lz4Block, lz4Frame } from '../../../main/data/sources/lz4.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const text = (content: Uint8Array): string => Buffer.from(content).toString('latin1')

// 'abc' and a repetition of 9 from 3 before, then 'xyzzy'
const block = bytes('\x35abc\x03\x00\x50xyzzy')
const content = 'abcabcabcabcxyzzy'
// 20 literals, and a repetition of 4 + 15 + 255 + 1 from 1 before, then nothing
const long = bytes(`\xff\x05${'.'.repeat(19)}a\x01\x00\xff\x01\x00`)

const size = (value: number): Buffer => Buffer.from(new Uint32Array([value]).buffer)
const bigSize = (value: number): Buffer => size(value).reverse()
const frameOf = (flags: number, ...parts: readonly Buffer[]): Buffer =>
  Buffer.concat([size(0x184d2204), Buffer.from([flags, 0x40, 0]), ...parts, size(0)])

describe('a block', () => {
  test('has literals and repetitions, which may overlap', () => {
    expect(text(lz4Block(block, content.length))).toBe(content)
    expect(text(lz4Block(long, 295))).toBe(`${'.'.repeat(19)}${'a'.repeat(276)}`)
    expect(lz4Block(Buffer.from([0]), 0)).toHaveLength(0)
  })

  test('of another length, or damaged in any way, is refused or has the length it says', () => {
    expect(() => lz4Block(block, content.length + 1)).toThrow(RangeError)
    expect(() => lz4Block(block, content.length - 1)).toThrow(RangeError)
    const damaged = [block, long].flatMap((whole) =>
      [...whole.keys()].flatMap((place) => [0, 1, 15, 16, 127, 240, 255].map((byte) => whole.with(place, byte))),
    )
    const cut = [block, long].flatMap((whole) => [...whole.keys()].map((end) => whole.subarray(0, end)))
    for (const wrong of [...damaged, ...cut]) {
      try {
        expect(lz4Block(wrong, content.length)).toHaveLength(content.length)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }
  })
})

test('Parquet’s earlier codec has lengths before each block, or none', () => {
  const framed = Buffer.concat([bigSize(content.length), bigSize(block.length), block])
  expect(text(hadoopLz4(framed, content.length))).toBe(content)
  expect(text(hadoopLz4(Buffer.concat([framed, framed]), 2 * content.length))).toBe(content.repeat(2))
  expect(text(hadoopLz4(block, content.length))).toBe(content)
})

describe('a frame', () => {
  test('has packed and plain blocks, with or without checksums and its length', () => {
    const plain = bytes('plain')
    const isPlain = 2 ** 31
    expect(text(lz4Frame(frameOf(0x60, size(block.length), block, size(plain.length + isPlain), plain)))).toBe(`${content}plain`)
    expect(text(lz4Frame(frameOf(0x70, size(block.length), block, size(7))))).toBe(content)
    expect(text(lz4Frame(frameOf(0x68, Buffer.alloc(8), size(block.length), block)))).toBe(content)
    expect(lz4Frame(frameOf(0x60))).toHaveLength(0)
  })

  test('repeats what is in an earlier block', () => {
    const next = bytes('\x00\x05\x00\x50xyzzy') // 4 from 5 before
    expect(text(lz4Frame(frameOf(0x40, size(block.length), block, size(next.length), next)))).toBe(`${content}xyzzxyzzy`)
  })

  test('that is cut off, or is none, is refused', () => {
    const whole = frameOf(0x60, size(block.length), block)
    for (let end = 0; end < whole.length; end++) expect(() => lz4Frame(whole.subarray(0, end))).toThrow(RangeError)
    expect(() => lz4Frame(bytes('not a frame'))).toThrow(RangeError)
  })
})
