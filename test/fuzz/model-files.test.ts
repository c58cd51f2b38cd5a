import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resourceFile } from '../../main/common/resources.ts'
import { parseConfig } from '../../main/engine/model/config.ts'
import { openFolderWeights } from '../../main/engine/model/formats/safetensors/safetensors-shards.ts'
import { withinTime } from '../../main/engine/model/time-limit.ts'
import { chatTemplate } from '../../main/engine/model/tokenizer/chat-template.ts'
import { huggingFaceTokenizer } from '../../main/engine/model/tokenizer/hugging-face-tokenizer.ts'
import { LaurelError } from '../../main/shared/errors.ts'

/**
 * Damaged and made-up model files: each is read, or rejected with an error code. LAUREL_FUZZ_RUNS sets the number of cases per kind, and
 * LAUREL_FUZZ_SEED repeats a failure.
 */
const settings = {
  numRuns: Number(process.env.LAUREL_FUZZ_RUNS ?? 60),
  seed: Number(process.env.LAUREL_FUZZ_SEED ?? 2026),
  endOnFailure: true,
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The work succeeds or fails with a known error code. */
function readOrRefused(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(LaurelError)
    expect(['BAD_INPUT', 'UNSUPPORTED', 'NOT_FOUND']).toContain((error as LaurelError).code)
    expect((error as LaurelError).message).not.toContain('\n')
  }
}

const demo = (name: string): unknown => JSON.parse(readFileSync(resourceFile('demo', 'model', name), 'utf8'))

/** Values that no reader should trust. */
const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1.5,
    2 ** 31,
    2 ** 53,
    1e308,
    -1e308,
    '',
    '__proto__',
    '\u0000',
    '(a+)+$',
    '[',
    'a'.repeat(3000),
    [],
    {},
    [[]],
    [null],
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ maxLength: 8 }),
  fc.jsonValue({ maxDepth: 2 }),
)

/** The document with a value replaced, removed, or renamed anywhere in it. */
const damaged = (document: unknown) =>
  fc
    .array(fc.tuple(fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), hostile, fc.constantFrom('replace', 'remove', 'rename')), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) => {
      const copy = structuredClone(document)
      for (const [steps, value, how] of changes) change(copy, steps, structuredClone(value), how)
      return copy
    })

function change(document: unknown, steps: readonly number[], value: unknown, how: string): void {
  let at = document as Record<string, unknown>
  steps.forEach((step, i) => {
    const keys = typeof at === 'object' && at !== null ? Object.keys(at) : []
    if (keys.length === 0) return
    const key = keys[step % keys.length]
    const inner = at[key]
    if (i < steps.length - 1 && typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0) {
      at = inner as Record<string, unknown>
      return
    }
    if (how === 'replace') at[key] = value
    else delete at[key]
    if (how === 'rename')
      Object.defineProperty(at, String(value).slice(0, 20), { value: inner, enumerable: true, configurable: true, writable: true })
  })
}

test('configurations', () => {
  fc.assert(
    fc.property(damaged(demo('config.json')), (config) => readOrRefused(() => parseConfig(config, 'config.json'))),
    settings,
  )
})

/** A tokenizer with every supported part, small enough to build a thousand times per second. */
const tokenizer = {
  added_tokens: [{ id: 6, content: '<x>', special: true, single_word: false, lstrip: true, rstrip: false, normalized: false }],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }] },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: '\\s+' }, behavior: 'Isolated', invert: false },
      { type: 'Digits', individual_digits: true },
    ],
  },
  decoder: { type: 'Sequence', decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'Fuse' }] },
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2, '▁': 3, '1': 4, '!': 5 }, merges: ['a b'], unk_token: null },
}
const tokenizerConfig = {
  added_tokens_decoder: { '6': { content: '<x>', special: true } },
  bos_token: '<x>',
  chat_template: '{{ messages }}',
}

test('tokenizers, opened and used', () => {
  const text = 'ab a1! <x> é\u{1F600} '
  fc.assert(
    fc.property(damaged(tokenizer), fc.oneof(fc.constant(tokenizerConfig), damaged(tokenizerConfig)), (json, config) =>
      readOrRefused(() => {
        const opened = withinTime('opening', 0, () => huggingFaceTokenizer(json, config, 'tokenizer.json'))
        const ids = withinTime('reading', text.length, () => opened.encode(text, { special: true }))
        for (const id of ids) expect(Number.isInteger(id) && id >= 0).toBe(true)
        opened.decode(ids, { special: false })
      }),
    ),
    settings,
  )
})

/** Templates grown from a grammar, so that many of them run. */
const { template } = fc.letrec<{ template: string; expression: string; statement: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      'messages',
      "messages[0]['content']",
      'm.role',
      '1',
      "'a'",
      '[]',
      'range(9)',
      'range(99999)',
      'ns.x',
      'none',
      'loop.index',
      'bos_token',
    ),
    fc
      .tuple(tie('expression'), fc.constantFrom(' + ', ' ~ ', ' * ', ' == ', ' in ', ' and ', ' % ', ' - '), tie('expression'))
      .map((parts) => `(${parts.join('')})`),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom(
          'trim',
          'length',
          'upper',
          "replace('a', 'aaaa')",
          'tojson(indent=10**7)',
          'indent(10**7)',
          "join('--')",
          'list',
          'sort',
          'items',
          'safe',
        ),
      )
      .map((parts) => parts.join(' | ')),
    fc
      .tuple(tie('expression'), fc.constantFrom('.strip()', ".split('a')", ".replace('', 'aa')", '[0]', '[:-1]', '.x', '[999]', '(1)'))
      .map((parts) => parts.join('')),
  ),
  statement: fc.oneof(
    { maxDepth: 4 },
    tie('expression').map((e) => `{{ ${e} }}`),
    fc.tuple(tie('expression'), tie('statement')).map(([e, s]) => `{% for m in ${e} %}${s}{% endfor %}`),
    fc.tuple(tie('expression'), tie('statement')).map(([e, s]) => `{% if ${e} %}${s}{% else %}b{% endif %}`),
    tie('expression').map((e) => `{% set ns.x = ${e} %}`),
    tie('statement').map((s) => `{% macro f(n) %}${s}{{ f(n) }}{% endmacro %}{{ f(1) }}`),
    fc.string({ maxLength: 5 }),
  ),
  template: fc.array(tie('statement'), { maxLength: 4 }).map((parts) => `{% set ns = namespace(x='a') %}${parts.join('')}`),
}))

test('chat templates, read and rendered', () => {
  const messages = [
    { role: 'user', content: 'aa\nb' },
    { role: 'assistant', content: 'c' },
  ]
  fc.assert(
    fc.property(template, (source) =>
      readOrRefused(() =>
        withinTime('rendering', 10, () => chatTemplate(source, { bos_token: '<s>' }, 'chat_template.jinja').render(messages, true)),
      ),
    ),
    settings,
  )
}, 120_000)

const safetensors = (header: string, data: number): Buffer => {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)))
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(data)])
}
const header = {
  a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
  b: { dtype: 'BF16', shape: [4], data_offsets: [16, 24] },
  __metadata__: { format: 'pt' },
}

test('shard indices: no file outside the folder is opened', () => {
  const model = join(folder, 'sharded')
  mkdirSync(model)
  cpSync(resourceFile('demo', 'model', 'model.safetensors'), join(model, 'part.safetensors'))
  writeFileSync(join(folder, 'outside.safetensors'), safetensors(JSON.stringify(header), 24))
  const index = {
    metadata: { total_size: 24 },
    weight_map: { 'model.norm.weight': 'part.safetensors', a: '../outside.safetensors', b: '/dev/zero', c: '.' },
  }
  fc.assert(
    fc.property(damaged(index), (json) => {
      writeFileSync(join(model, 'model.safetensors.index.json'), JSON.stringify(json))
      readOrRefused(() => {
        const weights = openFolderWeights(model)
        for (const name of weights.names) weights.shape(name)
        expect(weights.has('a')).toBe(false)
        weights.close()
      })
    }),
    settings,
  )
})
