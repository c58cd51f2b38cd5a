import { expect, test } from 'vitest'
import { parseOptions, requirePath } from '../../bench/harness/options.ts'
import { outcomeIn, peerSide } from '../../bench/harness/peer.ts'

const sizes = { steps: 4, responseTokens: 128 }
const parse = (args: string[], env: NodeJS.ProcessEnv = {}) => parseOptions(args, sizes, env)

test('without arguments Laurel runs alone, once, in both precisions', () => {
  const options = parse([])
  expect(options).toMatchObject({
    rounds: 1,
    peer: null,
    precisions: ['float32', 'bfloat16'],
    sizes,
    isStandard: true,
    profile: false,
    wait: 0,
  })
})

test('with a peer there are three rounds unless another number is given', () => {
  expect(parse(['--peer', 'venv']).rounds).toBe(3)
  expect(parse(['--peer', 'venv', '--rounds', '5']).rounds).toBe(5)
})

test('sizes are options of their own, and other sizes are not the standard ones', () => {
  const options = parse(['--steps', '2', '--response-tokens', '8'])
  expect(options.sizes).toEqual({ steps: 2, responseTokens: 8 })
  expect(options.isStandard).toBe(false)
})

test('one precision of the two is not the standard either', () => {
  expect(parse(['--precision', 'float32'])).toMatchObject({ precisions: ['float32'], isStandard: false })
})

test('a profile looks at bfloat16 unless told otherwise', () => {
  expect(parse(['--profile']).precisions).toEqual(['bfloat16'])
  expect(parse(['--profile', '--precision', 'float32']).precisions).toEqual(['float32'])
})

test('paths come from the environment where the command line gives none', () => {
  const env = { LAUREL_BENCH_MODEL: 'from-env.gguf', LAUREL_BENCH_PEER_MODEL: 'folder', LAUREL_BENCH_PEER: 'venv' }
  expect(parse([], env)).toMatchObject({ paths: { model: 'from-env.gguf', 'peer-model': 'folder' }, peer: 'venv' })
  expect(parse(['--model', 'given.gguf'], env).paths.model).toBe('given.gguf')
})

test.each([
  [['--steps', '0'], /--steps 0/],
  [['--rounds', 'many'], /--rounds many/],
  [['--wait', '-1'], /--wait/],
  [['--precision', 'float8'], /float8/],
  [['--nonsense'], /nonsense/],
])('%j is refused in one line', (args, message) => {
  expect(() => parse(args)).toThrow(message)
})

test('a path that is missing is asked for by its option and its variable', () => {
  expect(() => requirePath(parse([]), 'pairs')).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', remedy: expect.stringMatching(/--pairs.*LAUREL_BENCH_PAIRS/) }),
  )
  expect(() => requirePath(parse(['--model', '/nowhere/model.gguf']), 'model')).toThrow(/nowhere\/model\.gguf/)
})

test('a virtual environment that is not there is told before anything runs, with the way to make one', () => {
  const options = parse(['--peer', '/nowhere/venv', '--peer-model', '.'])
  const problem = expect.objectContaining({ code: 'NOT_FOUND', remedy: expect.stringContaining('requirements.txt') })
  expect(() => peerSide('TRL', 'dpo', () => ({})).check?.(options)).toThrow(problem)
})

test("the figures are the last line of a peer's output that holds some", () => {
  const output = 'a library says hello\n{"loss": 1}\n{"figures": {"speed": 2}, "versions": {"torch": "2"}}\nbye\n'
  expect(outcomeIn(output)).toEqual({ figures: { speed: 2 }, versions: { torch: '2' } })
  expect(() => outcomeIn('nothing\n')).toThrow(/no figures/)
})
