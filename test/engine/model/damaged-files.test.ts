import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { openSafetensors } from '../../../main/engine/model/formats/safetensors/safetensors.ts'
import { writeSafetensors } from '../../../main/engine/model/formats/safetensors/write-safetensors.ts'
import { openModel } from '../../../main/engine/model/load-model.ts'
import { LaurelError } from '../../../main/shared/errors.ts'
import { tinyGgufMetadata, tinyGgufTensors } from '../../support/tiny-gguf.ts'
import { tinyTokenizerMetadata } from '../../support/tiny-tokenizer.ts'
import { floatTensor, ggufBytes } from '../../support/write-gguf.ts'

/** Whatever happens to a file, opening and reading it ends with a model or a readable error. */

const folder = mkdtempSync(join(tmpdir(), 'laurel-damaged-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const safetensorsPath = join(folder, 'x.safetensors')
writeSafetensors(safetensorsPath, [
  { name: 'a', shape: [2, 2], dtype: 'F32', data: Float32Array.of(1, 2, 3, 4) },
  { name: 'b', shape: [3], dtype: 'BF16', data: Float32Array.of(1, 2, 3) },
])
const safetensors = readFileSync(safetensorsPath)

const ggufPath = join(folder, 'x.gguf')
const divisors = floatTensor('rope_freqs.weight', [2], Float32Array.of(1, 8))
const metadata = { ...tinyGgufMetadata(), 'llama.rope.freq_base': 500000, ...tinyTokenizerMetadata() }
const gguf = ggufBytes(metadata, [...tinyGgufTensors(), divisors])
const weightBytes = [...tinyGgufTensors(), divisors].reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 32) * 32, 0)

function readSafetensors(bytes: Uint8Array): string {
  writeFileSync(safetensorsPath, bytes)
  const source = openSafetensors(safetensorsPath)
  try {
    return JSON.stringify(source.names.map((name) => [name, source.shape(name), [...source.read(name)].map(String)]))
  } finally {
    source.close()
  }
}

async function readGguf(bytes: Uint8Array): Promise<void> {
  writeFileSync(ggufPath, bytes)
  const { weights, tokenizer, chatTemplate } = await openModel(ggufPath)
  try {
    for (const name of weights.names) weights.read(name)
    tokenizer?.encode('hello <|im_end|> world 12', { special: true })
    chatTemplate?.render([{ role: 'user', content: 'hello' }], true)
  } finally {
    weights.close()
  }
}

/** Run a reader. An error must be Laurel's own and name the file. */
async function survives(read: () => unknown, path: string): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (!(error instanceof LaurelError)) throw error
    expect(['BAD_INPUT', 'UNSUPPORTED']).toContain(error.code)
    expect(error.message).toContain(path)
  }
}

test('intact files are read', async () => {
  expect(readSafetensors(safetensors)).toContain('"a",[2,2],["1","2","3","4"]')
  await readGguf(gguf)
})

test('a safetensors file truncated anywhere is rejected', () => {
  for (let end = 0; end < safetensors.length; end++) {
    expect(() => readSafetensors(safetensors.subarray(0, end))).toThrow(LaurelError)
  }
})

test('a safetensors file with any flipped bit is rejected or read', async () => {
  for (let bit = 0; bit < safetensors.length * 8; bit++) {
    const bytes = Uint8Array.from(safetensors)
    bytes[bit >> 3] ^= 1 << (bit & 7)
    await survives(() => readSafetensors(bytes), safetensorsPath)
  }
})

test('a GGUF file truncated anywhere in its header is rejected', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(gguf.length - weightBytes), async (end) => {
      writeFileSync(ggufPath, gguf.subarray(0, end))
      await expect(openModel(ggufPath)).rejects.toThrow(LaurelError)
    }),
    { seed: 1, numRuns: 150 },
  )
})

/** Bad values for length and count fields. */
const hostile = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
)
const damage = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('byte' as const), at: fc.nat(100_000), value: fc.bigInt({ min: 0n, max: 255n }) }),
    fc.record({ kind: fc.constant('word' as const), at: fc.nat(100_000), value: hostile }),
  ),
  { minLength: 1, maxLength: 4 },
)

test('a GGUF file with damaged bytes and numbers is rejected or read', async () => {
  const header = gguf.length - weightBytes + 100 // damaged weights are still weights
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const bytes = Buffer.from(gguf)
      for (const { kind, at, value } of changes) {
        const place = at % (header - 8)
        if (kind === 'byte') bytes[place] = Number(value)
        else bytes.writeBigUInt64LE(value, place)
      }
      await survives(() => readGguf(bytes), ggufPath)
    }),
    { seed: 2, numRuns: 400 },
  )
})

test('a safetensors file with damaged numbers is rejected or read', async () => {
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const bytes = Buffer.from(safetensors)
      for (const { kind, at, value } of changes) {
        const place = at % (bytes.length - 8)
        if (kind === 'byte') bytes[place] = Number(value)
        else bytes.writeBigUInt64LE(value, place)
      }
      await survives(() => readSafetensors(bytes), safetensorsPath)
    }),
    { seed: 3, numRuns: 1000 },
  )
})
