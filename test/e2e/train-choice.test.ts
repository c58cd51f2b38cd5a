import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandLine, saveIdModel, saveTextModel } from '../support/command-line.ts'

/** `laurel train` with the choice of a checkpoint: real trainings of tiny models on tfjs's plain backend. */
const laurel = commandLine()
const constant = { learning_rate: 1e-2, min_learning_rate: 1e-2, lr_scheduler: 'constant', batch_size: 2, max_length: 64, shuffle: false }
const rows = Array.from({ length: 4 }, (_, i) => ({ prompt: `ask ${i}`, completion: 'aaaaaa' }))
const [learned, unlearned] = [
  Array.from({ length: 4 }, (_, i) => ({ prompt: [5, 6 + i], chosen: [7, 8], rejected: [9, 10] })),
  Array.from({ length: 4 }, (_, i) => ({ prompt: [5, 6 + i], chosen: [9, 10], rejected: [7, 8] })),
]

beforeAll(() => {
  saveIdModel(laurel.path('ids'))
  saveTextModel(laurel.path('text'))
  laurel.writeRows('data.jsonl', rows)
  laurel.writeRows(
    'other.jsonl',
    rows.map(({ prompt }) => ({ prompt, completion: 'bbbbbb' })),
  )
  laurel.writeRows('pairs.jsonl', learned)
  laurel.writeRows('reversed.jsonl', unlearned)
})
afterAll(laurel.remove)

function train(task: 'sft' | 'dpo', out: string, config: object, ...options: string[]) {
  writeFileSync(laurel.path(`${out}.json`), JSON.stringify({ ...constant, ...config }))
  const [model, data] = task === 'sft' ? ['text', 'data.jsonl'] : ['ids', 'pairs.jsonl']
  const files = ['--model', model, '--data', data, '--config', `${out}.json`, '--out', out, '--log', `${out}.log`]
  return laurel.start('train', task, ...files, '--backend', 'cpu', ...options)
}
const finished = (...args: Parameters<typeof train>) => train(...args).finished

const weights = (out: string): string => readFileSync(laurel.path(`${out}/model.safetensors`), 'base64')
const comparisons = (stderr: string): string[] => stderr.split('\n').filter((line) => /^after step|^kept/.test(line))

describe('fine-tuning with validation rows', () => {
  test('keeps the last model while the held-out loss falls, which changes nothing of the training', async () => {
    const { code, stderr } = await finished('sft', 'falls', { epochs: 3 }, '--choose-every', '2', '--validation', 'data.jsonl')
    expect({ code, lines: comparisons(stderr) }).toEqual({
      code: 0,
      lines: [
        expect.stringMatching(/^after step 4: held-out loss \d\.\d{4} \(\d\.\d{4} after step 2\): the best so far$/),
        expect.stringMatching(/^after step 6: .*: the best so far$/),
        'kept: the model after step 6 of 6',
      ],
    })
    await finished('sft', 'plain', { epochs: 3 })
    expect(weights('falls')).toBe(weights('plain'))
    expect(laurel.readRows('falls.log').map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(existsSync(laurel.path('falls.checkpoints'))).toBe(false)
  }, 120_000)

  test('stops when it rises, and keeps the model before that', async () => {
    const fast = { learning_rate: 3e-2, min_learning_rate: 3e-2 }
    const { code, stderr } = await finished('sft', 'rises', { ...fast, epochs: 15 }, '--choose-every', '10', '--validation', 'other.jsonl')
    expect({ code, lines: comparisons(stderr) }).toEqual({
      code: 0,
      lines: [expect.stringMatching(/^after step 20: held-out loss .*: worse$/), 'kept: the model after step 10 of 30'],
    })
    await finished('sft', 'ten', { ...fast, epochs: 5 })
    expect(weights('rises')).toBe(weights('ten'))
  }, 120_000)

  test('has the training’s own loss', async () => {
    const still = { learning_rate: 0, min_learning_rate: 0, batch_size: 4, epochs: 2 }
    const { stderr } = await finished('sft', 'still', still, '--choose-every', '1', '--validation', 'data.jsonl')
    const [, now, before] = /held-out loss (\S+) \((\S+) after/.exec(stderr)!
    const [{ loss }] = laurel.readRows<{ loss: number }>('still.log')
    expect([Number(now), Number(before)]).toEqual([Number(loss.toFixed(4)), Number(loss.toFixed(4))])
  }, 120_000)

  test('a training resumed after Ctrl-C decides as an uninterrupted one, and another choice is another training', async () => {
    const choice = ['--choose-every', '3', '--validation', 'data.jsonl']
    const whole = await finished('sft', 'whole', { epochs: 8 }, ...choice)
    const { child, finished: stopped } = train('sft', 'again', { epochs: 8 }, ...choice)
    for await (const _ of watch(laurel.path('.'))) {
      if (existsSync(laurel.path('again.log')) && laurel.readRows('again.log').length >= 5) break
    }
    child.kill('SIGINT')
    const first = await stopped
    expect(first.code).toBe(130)
    const changed = await finished('sft', 'again', { epochs: 8 }, '--choose-every', '2', '--validation', 'data.jsonl')
    expect(changed).toMatchObject({ code: 2, stderr: expect.stringContaining('belongs to another training') })
    const second = await finished('sft', 'again', { epochs: 8 }, ...choice)
    expect(second.code).toBe(0)
    expect([...comparisons(first.stderr), ...comparisons(second.stderr)]).toEqual(comparisons(whole.stderr))
    expect(weights('again')).toBe(weights('whole'))
  }, 180_000)
})

describe('preference training with validation pairs', () => {
  test('compares the order of held-out rewards, as the training logs them', async () => {
    const whole = { batch_size: 4, epochs: 4 }
    const { code, stderr } = await finished('dpo', 'ordered', whole, '--choose-every', '2', '--validation', 'pairs.jsonl')
    const [line, kept] = comparisons(stderr)
    const [, now, before] = /margin (\S+) \(\S+ margin (\S+) after step 2/.exec(line)!
    const margins = laurel.readRows<{ 'rewards/margins': number }>('ordered.log').map((row) => row['rewards/margins'])
    expect(Number(before)).toBeCloseTo(margins[2], 3) // a step's metrics are those before its update
    expect(Number(now)).toBeGreaterThan(Number(before))
    expect({ code, kept }).toEqual({ code: 0, kept: 'kept: the model after step 4 of 4' })
  }, 120_000)

  test('keeps the model before the order gets worse', async () => {
    const options = ['--choose-every', '2', '--validation', 'reversed.jsonl', '--patience', '2']
    const { stderr } = await finished('dpo', 'reversed', { batch_size: 4, epochs: 10 }, ...options)
    expect(comparisons(stderr)).toEqual([
      expect.stringMatching(/^after step 4: held-out reward accuracy .*: worse$/),
      expect.stringMatching(/^after step 6: .* after step 2\): worse$/),
      'kept: the model after step 2 of 10',
    ])
  }, 120_000)
})

describe('a judge', () => {
  test('compares answers to the validation prompts instead', async () => {
    const options = ['--choose-every', '2', '--validation', 'data.jsonl', '--judge-method', 'pairwise', '--max-new-tokens', '6']
    const { code, stderr } = await finished('sft', 'judged', { epochs: 2 }, ...options)
    expect({ code, line: comparisons(stderr)[0] }).toEqual({
      code: 0,
      line: expect.stringMatching(
        /^after step 4: win rate [\d.]+% on 4 prompts against the answers after step 2: (worse|the best so far)$/,
      ),
    })
    expect(existsSync(laurel.path('judged/config.json'))).toBe(true)
  }, 120_000)
})

test.each([
  [['--choose-every', '2'], '--choose-every needs --validation. Add --validation FILE.'],
  [['--validation', 'data.jsonl'], 'The choice of a checkpoint needs --choose-every.'],
  [['--choose-every', '2', '--validation', 'pairs.jsonl'], 'pairs.jsonl:1: '],
  [['--choose-every', '2', '--validation', 'data.jsonl', '--judge', 'nowhere'], 'nowhere'],
])('%j is refused in one line', async (options, message) => {
  const { code, stderr } = await finished('sft', 'never', {}, ...options)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
  expect(existsSync(laurel.path('never.checkpoints'))).toBe(false)
})
