import { expect, test } from 'vitest'
import { parseOptions, requirePath } from '../../bench/harness/options.ts'
import { outcomeIn, peerSide } from '../../bench/harness/peer.ts'

const sizes = { steps: 4, responseTokens: 128 }
const quick = { steps: 1 }
const modern = ['avx2', 'avx512f', 'avx512_bf16']
const parse = (args: string[], env: NodeJS.ProcessEnv = {}, features = modern) => parseOptions(args, sizes, quick, env, features)

test('without arguments only Laurel runs, once, in both precisions', () => {
  const options = parse([])
  expect(options).toMatchObject({
    rounds: 1,
    peer: null,
    precisions: ['float32', 'bfloat16'],
    sizes,
    isDefault: true,
    profile: false,
    wait: 0,
  })
})

test('with a peer there are three rounds by default', () => {
  expect(parse(['--peer', 'venv']).rounds).toBe(3)
  expect(parse(['--peer', 'venv', '--rounds', '5']).rounds).toBe(5)
})

test('each size is an option, and other sizes are not standard', () => {
  const options = parse(['--steps', '2', '--response-tokens', '8'])
  expect(options.sizes).toEqual({ steps: 2, responseTokens: 8 })
  expect(options.isDefault).toBe(false)
})

test('a single precision is not standard either', () => {
  expect(parse(['--precision', 'float32'])).toMatchObject({ precisions: ['float32'], isDefault: false })
})

test('a quick look has small sizes and one round, also with a peer', () => {
  expect(parse(['--quick', '--peer', 'venv'])).toMatchObject({
    quick: true,
    rounds: 1,
    sizes: { steps: 1, responseTokens: 128 },
    isDefault: true,
  })
  expect(parse(['--quick', '--steps', '2'])).toMatchObject({ sizes: { steps: 2 }, isDefault: false })
})

test('a quick look leaves out bfloat16 where the processor only imitates it', () => {
  expect(parse(['--quick']).precisions).toEqual(['float32', 'bfloat16'])
  expect(parse(['--quick'], {}, ['avx2']).precisions).toEqual(['float32'])
})

test('a profile uses the precision that is fast on the processor by default', () => {
  expect(parse(['--profile']).precisions).toEqual(['bfloat16'])
  expect(parse(['--profile'], {}, ['avx2']).precisions).toEqual(['float32'])
  expect(parse(['--profile', '--precision', 'float32']).precisions).toEqual(['float32'])
})

test('a processor limited to older instructions computes without bfloat16', () => {
  expect(parse(['--instructions', 'avx2'])).toMatchObject({ instructions: 'avx2', precisions: ['float32'], isDefault: true })
  expect(parse([]).instructions).toBeNull()
})

test('a processor that variables limit has no standard results: they would be stored as those of the whole processor', () => {
  expect(parse([], { ONEDNN_MAX_CPU_ISA: 'AVX2' }).isDefault).toBe(false)
})

test('a processor that has nothing to leave out is not limited', () => {
  expect(() => parse(['--instructions', 'avx2'], {}, ['avx2'])).toThrow(/no more than that/)
  expect(() => parse(['--instructions', 'avx512f'], {}, ['avx2'])).toThrow(/no more than that/)
})

test('paths default to environment variables', () => {
  const env = { LAUREL_BENCH_MODEL: 'from-env.gguf', LAUREL_BENCH_PEER_MODEL: 'folder', LAUREL_BENCH_PEER: 'venv' }
  expect(parse([], env)).toMatchObject({ paths: { model: 'from-env.gguf', 'peer-model': 'folder' }, peer: 'venv' })
  expect(parse(['--model', 'given.gguf'], env).paths.model).toBe('given.gguf')
})

test.each([
  [['--steps', '0'], /--steps 0/],
  [['--rounds', 'many'], /--rounds many/],
  [['--wait', '-1'], /--wait/],
  [['--precision', 'float8'], /float8/],
  [['--instructions', 'sse2'], /sse2/],
  [['--nonsense'], /nonsense/],
])('%j is rejected with a one-line error', (args, message) => {
  expect(() => parse(args)).toThrow(message)
})

test('the error for a missing path names its option and its variable', () => {
  expect(() => requirePath(parse([]), 'pairs')).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', remedy: expect.stringMatching(/--pairs.*LAUREL_BENCH_PAIRS/) }),
  )
  expect(() => requirePath(parse(['--model', '/nowhere/model.gguf']), 'model')).toThrow(/nowhere\/model\.gguf/)
})

test('a missing virtual environment is reported before anything runs, with instructions to create it', () => {
  const options = parse(['--peer', '/nowhere/venv', '--peer-model', '.'])
  const problem = expect.objectContaining({ code: 'NOT_FOUND', remedy: expect.stringContaining('requirements.txt') })
  expect(() => peerSide('TRL', 'dpo', () => ({})).check?.(options)).toThrow(problem)
})

test("the figures come from the last line of a peer's output that contains some", () => {
  const output = 'a library says hello\n{"loss": 1}\n{"figures": {"speed": 2}, "versions": {"torch": "2"}}\nbye\n'
  expect(outcomeIn(output)).toEqual({ figures: { speed: 2 }, versions: { torch: '2' } })
  expect(() => outcomeIn('nothing\n')).toThrow(/no figures/)
})
