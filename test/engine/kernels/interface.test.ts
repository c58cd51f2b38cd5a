import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { INTERFACE } from '../../../main/engine/backends/native-kernels.ts'
import { kernelSources } from '../../../main/runtimes/kernel-sources.ts'

const sources = readdirSync(kernelSources)
  .filter((name) => name.endsWith('.cc'))
  .map((name) => readFileSync(join(kernelSources, name), 'utf8'))
  .join('\n')

/** Operations as the sources declare them: name, inputs, outputs, attributes. */
const declared = [...sources.matchAll(/(?:typed|untyped)<.+>\(((?:"[^"]*",?\s*)+)\)/g)]
  .map(([, texts]) => texts.replaceAll('"', '').replaceAll(/\s+/g, ' '))
  .sort()

test('a binding reports the version that the sources have now', () => {
  expect(sources).toContain(`*version = ${INTERFACE};`)
})

test('these are the operations of version 4; with any other list, the version is another one', () => {
  expect(INTERFACE).toBe(4)
  expect(declared).toEqual([
    'LaurelAdamW, value: float; m: float; v: float; gradient: T; scalars: float, ',
    'LaurelAdamWRounded, value: float; m: float; v: float; gradient: T; scalars: float; rounded: bfloat16, ',
    'LaurelAddBias, x: T; bias: float, y: T',
    'LaurelAddInto, sum: float; x: T, ',
    'LaurelAddRmsNorm, x: float; branch: T; weight: float, y: T; r: float; sum: float, epsilon: float',
    'LaurelAddRmsNormBackward, dy: T; x: float; r: float; weight: float; residual: float, dx: float; rounded: T; dw: float',
    'LaurelAddRows, table: float; source: float; rows: int32, ',
    'LaurelAttention, queries: T; keys: T; runs: int32; ranges: int32, y: T; lse: float, heads: int; keyValueHeads: int; headDim: int; keyOffset: int; valueOffset: int; window: int',
    'LaurelAttentionBackward, dy: T; qkv: T; y: T; lse: float; runs: int32; ranges: int32, dqkv: T, heads: int; keyValueHeads: int; headDim: int; window: int',
    'LaurelGeglu, gate_up: T, y: T',
    'LaurelGegluBackward, dy: T; gate_up: T, dgate_up: T; y: T',
    'LaurelInterface, , version: int32; thin_rows: int32; thin_half_rows: int32',
    'LaurelRmsNorm, x: float; weight: float, y: T; r: float, epsilon: float',
    'LaurelRmsNormBackward, dy: T; x: float; r: float; weight: float, dx: float; rounded: T; dw: float',
    'LaurelRotateHeads, heads: T; cosines: float; sines: float, y: T, rotated: int; opposite: bool',
    'LaurelScoreLogits, logits: T; targets: int32, logprobs: float; entropy: float; correct: float',
    'LaurelScoreLogitsBackward, g: float; probabilities: T; targets: int32, ',
    'LaurelShortlist, logits: T; temperature: float, values: float; ids: int32; mass: float, k: int',
    'LaurelSquaredNorm, x: T, norm: float',
    'LaurelSwiglu, gate_up: T, y: T',
    'LaurelSwigluBackward, dy: T; gate_up: T, dgate_up: T; y: T',
    'LaurelThinProduct, x: T; w: T, y: T',
    'LaurelWriteRows, storage: T; source: T; rows: int32, , from: int',
  ])
})
