import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandLine, saveIdModel, saveTextModel } from '../support/command-line.ts'
import { fixtureFile } from '../support/shared.ts'

/** Commands that run a model, called as by another program: two processes and real arithmetic (tfjs's plain backend). */
const laurel = commandLine()
const backend = ['--backend', 'cpu']
const files = ['--input', 'in.jsonl', '--output', 'out.jsonl']

beforeAll(() => {
  saveIdModel(laurel.path('ids'))
  saveTextModel(laurel.path('text'))
})
afterAll(laurel.remove)

describe('tokenize', () => {
  test('special tokens in a text are spelled out, or parsed with --special; a row keeps its keys', async () => {
    laurel.writeRows('in.jsonl', [{ text: 'a</s>', id: 'x' }, { text: '' }])
    expect(await laurel.run('tokenize', '--model', 'text', ...files)).toMatchObject({ code: 0, stdout: '' })
    expect(laurel.readRows('out.jsonl')).toEqual([
      { text: 'a</s>', id: 'x', input_ids: [69, 32, 19, 87, 34] },
      { text: '', input_ids: [] },
    ])
    await laurel.run('tokenize', '--model', 'text', '--special', ...files)
    expect(laurel.readRows('out.jsonl')[0].input_ids).toEqual([69, 2])
  })
})

describe('render', () => {
  const rendered = async (...args: string[]) => {
    const { code, stdout, stderr } = await laurel.run('render', '--model', 'text', ...args)
    return {
      code,
      stderr,
      results: stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    }
  }

  test('a conversation is printed as formatted by the template, with its token ids', async () => {
    writeFileSync(laurel.path('messages.json'), '[{"role": "user", "content": "a"}, {"role": "assistant", "content": " b"}]')
    expect(await rendered('--input', 'messages.json')).toMatchObject({
      code: 0,
      results: [{ text: '<s>a\n> b</s>', ids: [1, 69, 3, 34, 4, 70, 2] }],
    })
    writeFileSync(laurel.path('messages.json'), '{"messages": [{"role": "user", "content": "a"}], "add_generation_prompt": true}')
    expect((await rendered('--input', 'messages.json')).results).toEqual([{ text: '<s>a\n>', ids: [1, 69, 3, 34] }])
  })

  test('each line of JSON Lines is a conversation, and an invalid line is named', async () => {
    laurel.writeRows('many.jsonl', [[{ role: 'user', content: 'a' }], { messages: [{ role: 'user', content: 'b' }] }])
    expect((await rendered('--input', 'many.jsonl', '--add-generation-prompt')).results.map(({ text }) => text)).toEqual([
      '<s>a\n>',
      '<s>b\n>',
    ])
    laurel.writeRows('many.jsonl', [{ messages: [{ role: 'user', content: 'b' }] }, { messages: [{ content: 'b' }] }])
    expect(await rendered('--input', 'many.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: many\.jsonl:2: [^\n]*role[^\n]*\n$/),
    })
    writeFileSync(laurel.path('messages.json'), '{"conversation": []}')
    expect(await rendered('--input', 'messages.json')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: messages\.json: expected a list of messages[^\n]*\n$/),
    })
  })
})

describe('score', () => {
  test('every token after the first has a log-probability, and the most likely next tokens are in order', async () => {
    laurel.writeRows('in.jsonl', [{ input_ids: [3, 4, 5, 6] }, { input_ids: [7], note: 1 }])
    expect(await laurel.run('score', '--model', 'ids', '--top', '20', ...files, ...backend)).toMatchObject({ code: 0 })
    const [first, second] = laurel.readRows<Record<string, number[]>>('out.jsonl')
    expect(Object.keys(first)).toEqual(['input_ids', 'token_logprobs', 'top_ids', 'top_logprobs'])
    expect(first.token_logprobs).toHaveLength(3)
    expect(second).toMatchObject({ note: 1, token_logprobs: [] })
    expect(first.top_logprobs).toEqual(first.top_logprobs.toSorted((a, b) => b - a))
    expect(first.top_logprobs.reduce((sum, logprob) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 5) // 20 is the whole vocabulary
  })

  test('the log-probabilities match the reference', async () => {
    const model = fixtureFile('zoo/llama-tied')
    const { cases } = JSON.parse(readFileSync(`${model}/expected.json`, 'utf8')) as { cases: Record<string, number[]>[] }
    laurel.writeRows(
      'in.jsonl',
      cases.map(({ input_ids }) => ({ input_ids })),
    )
    await laurel.run('score', '--model', model, ...files, ...backend)
    for (const [i, row] of laurel.readRows<Record<string, number[]>>('out.jsonl').entries()) {
      const differences = row.token_logprobs.map((logprob, t) => Math.abs(logprob - cases[i].token_logprobs[t]))
      expect(Math.max(...differences)).toBeLessThan(1e-4)
    }
  })
})

describe('generate', () => {
  const sampled = ['--n', '3', '--max-new-tokens', '4', '--seed', '5', '--temperature', '1', '--top-p', '1']
  type Row = { responses: { text: string; token_ids: number[]; finish_reason: string }[] }

  test('rows keep their order and keys and get n responses, and statistics are written', async () => {
    laurel.writeRows('in.jsonl', [{ prompt: 'a', id: 1 }, { messages: [{ role: 'user', content: 'a' }] }, { input_ids: [1, 69, 3, 34] }])
    const { code } = await laurel.run('generate', '--model', 'text', ...files, ...sampled, ...backend, '--stats', 'stats.json')
    expect(code).toBe(0)
    const rows = laurel.readRows<Row>('out.jsonl')
    expect(rows.map((row) => Object.keys(row))).toEqual([
      ['prompt', 'id', 'responses'],
      ['messages', 'responses'],
      ['input_ids', 'responses'],
    ])
    for (const { responses } of rows) {
      expect(responses).toHaveLength(3)
      for (const { token_ids, finish_reason } of responses) expect(finish_reason).toBe(token_ids.at(-1) === 2 ? 'stop' : 'length')
    }
    const stats = JSON.parse(readFileSync(laurel.path('stats.json'), 'utf8'))
    expect(Object.keys(stats)).toEqual(['load_seconds', 'seconds', 'prompt_tokens', 'new_tokens', 'tokens_per_second', 'peak_rss_gb'])
    expect(stats.prompt_tokens).toBe(12)
    expect(stats.new_tokens).toBe(rows.flatMap((row) => row.responses.flatMap(({ token_ids }) => token_ids)).length)
    expect(stats.peak_rss_gb).toBeGreaterThan(0.01)
  })

  test('the same seed gives the same responses, whatever the other rows are', async () => {
    laurel.writeRows('in.jsonl', [{ prompt: 'a' }, { prompt: 'bcd' }])
    await laurel.run('generate', '--model', 'text', ...files, ...sampled, ...backend)
    const both = laurel.readRows<Row>('out.jsonl')
    laurel.writeRows('in.jsonl', [{ prompt: 'a' }])
    await laurel.run('generate', '--model', 'text', ...files, ...sampled, ...backend)
    expect(laurel.readRows<Row>('out.jsonl')[0].responses.map(({ token_ids }) => token_ids)).toEqual(
      both[0].responses.map(({ token_ids }) => token_ids),
    )
  })

  test('greedy responses are identical, and none ends before the minimum length', async () => {
    laurel.writeRows('in.jsonl', [{ input_ids: [3, 4] }])
    const options = ['--greedy', '--n', '2', '--min-new-tokens', '6', '--max-new-tokens', '8']
    await laurel.run('generate', '--model', 'ids', ...files, ...options, ...backend)
    const [{ responses }] = laurel.readRows<Row>('out.jsonl')
    expect(responses[0]).toEqual(responses[1])
    expect(responses[0].token_ids.length).toBeGreaterThanOrEqual(6)
    expect(responses[0].text).toBe('') // the model has no tokenizer
  })

  test.each([
    [
      'a row without a prompt',
      [{ prompt: 'a' }, { promt: 'b' }],
      /^error: in\.jsonl:2: no "prompt", "messages" or "input_ids"\. Each line needs [^\n]*\n$/,
    ],
    ['a key of the wrong kind', [{ prompt: 5 }], /^error: in\.jsonl:1: prompt: expected string, received number\. [^\n]*\n$/],
    ['a row that only the engine can reject', [{ prompt: 'a' }, { input_ids: [104] }], /error: in\.jsonl:2: token id 104 is outside/],
  ])('%s ends the command with code 2, naming the file and line, without output', async (_, rows, message) => {
    laurel.writeRows('in.jsonl', rows)
    const { code, stderr } = await laurel.run('generate', '--model', 'text', '--input', 'in.jsonl', '--output', 'none.jsonl', ...backend)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(readdirSync(laurel.path('.')).filter((name) => name.startsWith('none'))).toEqual([])
  })

  test('a missing model ends the command with code 2 and is named', async () => {
    laurel.writeRows('in.jsonl', [{ prompt: 'a' }])
    const { code, stderr } = await laurel.run('generate', '--model', 'nowhere', ...files, ...backend)
    expect(code).toBe(2)
    expect(stderr).toContain('nowhere')
  })
})

describe('judge', () => {
  const prompt = ['--prompt', './short.txt'] // the real prompt is too long for the plain backend
  type Row = { scores: (number | null)[]; reward: number | null; expected_score: number | null; texts: string[]; id?: number }

  beforeAll(() => writeFileSync(laurel.path('short.txt'), 'Score <RESPONSE_HERE> as an answer to <INSTRUCTION_HERE>\n'))

  test('a judgement without a readable score is null, and so is the reward without any score', async () => {
    laurel.writeRows('in.jsonl', [{ instruction: 'Say hi.', response: 'hi', id: 4 }])
    const options = ['--samples', '2', '--max-new-tokens', '3', ...prompt]
    expect(await laurel.run('judge', '--model', 'text', ...files, ...options, ...backend)).toMatchObject({ code: 0 })
    const [row] = laurel.readRows<Row>('out.jsonl')
    expect(Object.keys(row)).toEqual(['instruction', 'response', 'id', 'scores', 'reward', 'expected_score', 'texts'])
    expect(row).toMatchObject({ id: 4, expected_score: null })
    expect(row.texts).toHaveLength(2)
    const read = row.scores.filter((score) => score !== null)
    expect(row.reward).toBe(read.length === 0 ? null : read.reduce((sum, score) => sum + score, 0) / read.length)
  })

  test('without samples, the expected score is the reward', async () => {
    laurel.writeRows('in.jsonl', [
      { instruction: 'Say hi.', response: 'hi' },
      { instruction: 'Say hi.', response: 'no' },
    ])
    await laurel.run('judge', '--model', 'text', ...files, '--samples', '0', '--expected', ...prompt, ...backend)
    for (const { expected_score, reward, scores, texts } of laurel.readRows<Row>('out.jsonl')) {
      expect(expected_score).toBeGreaterThan(0)
      expect(expected_score).toBeLessThan(5)
      expect(reward).toBe(expected_score)
      expect([scores, texts]).toEqual([[], []])
    }
  })

  const judgedBy = async <Judged>(method: string, rows: readonly object[], ...options: string[]): Promise<(Row & Judged)[]> => {
    laurel.writeRows('in.jsonl', rows)
    const { code, stderr } = await laurel.run('judge', '--model', 'text', ...files, '--method', method, ...options, ...backend)
    expect([code, stderr]).toEqual([0, expect.stringMatching(/tokens read and \S+ written per response\n$/)])
    return laurel.readRows('out.jsonl')
  }

  test('by yes, the reward is the probability of yes rather than no as the next token', async () => {
    const [row] = await judgedBy('yes', [{ instruction: 'Say hi.', response: 'hi' }], ...prompt)
    const text = '<s>Score hi as an answer to Say hi.\n>' // as the chat template renders it
    laurel.writeRows('in.jsonl', [{ text }])
    await laurel.run('score', '--model', 'text', ...files, '--top', '104', ...backend)
    const [{ top_ids, top_logprobs }] = laurel.readRows<{ top_ids: number[]; top_logprobs: number[] }>('out.jsonl')
    laurel.writeRows('in.jsonl', [{ text: 'YN' }])
    await laurel.run('tokenize', '--model', 'text', ...files)
    const [{ input_ids }] = laurel.readRows<{ input_ids: number[] }>('out.jsonl')
    const [yes, no] = input_ids.map((id) => Math.exp(top_logprobs[top_ids.indexOf(id)]))
    expect(row.reward).toBeCloseTo(yes / (yes + no), 5)
  })

  test('a checklist has its parts, and rows with the same instruction are compared with each other', async () => {
    const rows = ['hi', 'no', 'oh'].map((response) => ({
      instruction: 'Say hi.',
      response,
      requirements: ['It is hi.', { text: 'Short.', weight: 3 }],
    }))
    const judged = await judgedBy<{ parts: { weight: number; yes: number }[] }>('checklist', rows)
    for (const { reward, parts } of judged) expect(reward).toBeCloseTo((2 * (parts[0].yes + 3 * parts[1].yes)) / 4, 12)
    const compared = await judgedBy('pairwise', rows)
    expect(compared.reduce((sum, { reward }) => sum + reward!, 0)).toBeCloseTo(1.5, 12) // three comparisons, each won by one or shared
  })

  test('a program judges without a model, by the requirements of a row', async () => {
    const requirements = [
      { check: { id: 'laurel:words', args: { max: 1 } } },
      { text: 'No commas.', check: { id: 'punctuation:no_comma' } },
    ]
    laurel.writeRows(
      'in.jsonl',
      ['hi', 'hi, you'].map((response) => ({ instruction: 'Say hi.', response, requirements })),
    )
    const { code } = await laurel.run('judge', ...files, '--method', 'verifier', ...backend)
    expect(code).toBe(0)
    expect(laurel.readRows<Row>('out.jsonl').map(({ reward }) => reward)).toEqual([2, 0])
    expect(await laurel.run('judge', ...files)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'--model <path>' not specified"),
    })
  })

  test('the implicit reward compares two models, and a model with itself is an error', async () => {
    const row = { instruction: 'Say hi.', response: 'hi' }
    laurel.writeRows('in.jsonl', [row])
    const failed = await laurel.run('judge', '--model', 'text', '--reference', 'text', ...files, '--method', 'implicit', ...backend)
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('compares it with itself') })
    expect(existsSync(laurel.path('other'))).toBe(false)
    saveTextModel(laurel.path('other'))
    const [{ reward, detail }] = await judgedBy<{ detail: { own: number; reference: number } }>('implicit', [row], '--reference', 'other')
    expect(reward).toBeCloseTo(0.1 * (detail.own - detail.reference), 12)
    expect(detail.own).toBeCloseTo(detail.reference, 5) // the same weights
  })

  test('the probe measures judges on ranked answers, in a table or as JSON', async () => {
    const ranked = [0, 1, 2].flatMap((q) => [0, 1].map((rank) => ({ question: `Say ${q}.`, answer: rank === 0 ? 'good' : 'bad!', rank })))
    laurel.writeRows('ranked.jsonl', ranked)
    const probe = ['judge', 'probe', '--model', 'text', '--ranked', 'ranked.jsonl', '--methods', 'yes,random,length', ...backend]
    const { code, stdout } = await laurel.run(...probe, '--json')
    const { judges, recommended } = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(judges.map(({ method }: { method: string }) => method)).toEqual(['yes', 'random', 'length'])
    expect(judges[2]).toMatchObject({ is_control: true, all: { pairs: 3, accuracy: 0.5, ties: 1 }, length_matched: { pairs: 3 } })
    expect(judges[0].tokens_per_answer).toBeGreaterThan(100)
    expect(recommended === null || recommended === 'yes').toBe(true)
    const table = await laurel.run(...probe)
    expect(table.stdout).toMatch(/^judge +accuracy +95% /)
    expect(table.stdout).toContain('3 pairs, 3 of them of similar length')
  })

  test('the probe measures a trained model against its reference, and the agreement of answers', async () => {
    const ranked = [0, 1].flatMap((q) =>
      ['The answer is 4.', 'I see: the answer is 4.', 'The answer is 5.'].map((answer, rank) => ({ question: `Say ${q}.`, answer, rank })),
    )
    laurel.writeRows('ranked.jsonl', ranked)
    saveTextModel(laurel.path('reference'))
    const probe = (...args: string[]) =>
      laurel.run('judge', 'probe', '--model', 'text', '--ranked', 'ranked.jsonl', '--methods', 'implicit,majority', ...args, ...backend)
    const { code, stdout } = await probe('--reference', 'reference', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout).judges).toMatchObject([
      { method: 'implicit', is_control: false, all: { pairs: 6, unreadable: 0 } },
      { method: 'majority', all: { pairs: 6, ties: 1 / 3, accuracy: 5 / 6 }, tokens_per_answer: 0 }, // the two that agree tie, and are better than the third
    ])
    expect(await probe()).toMatchObject({ code: 2, stderr: expect.stringContaining('Choose a reference model.') })
  })
})

describe('train', () => {
  const rows = Array.from({ length: 12 }, (_, i) => ({ prompt: `ask ${i}`, completion: `tell ${i}` }))
  const config = { learning_rate: 1e-3, batch_size: 2, epochs: 10, save_steps: 7, dropout: 0.1, max_length: 64, seed: 3 }
  const sft = (out: string, log: string) => [
    'train',
    'sft',
    '--model',
    'text',
    '--data',
    'data.jsonl',
    '--config',
    'c.json',
    '--out',
    out,
    '--log',
    log,
  ]

  beforeAll(() => {
    laurel.writeRows('data.jsonl', rows)
    writeFileSync(laurel.path('c.json'), JSON.stringify(config))
  })

  test('a training resumed after Ctrl-C ends with the same weights as an uninterrupted one and one log row per step', async () => {
    expect(await laurel.run(...sft('straight', 'straight.log'), ...backend)).toMatchObject({ code: 0 })

    const { child, finished } = laurel.start(...sft('resumed', 'resumed.log'), ...backend)
    for await (const _ of watch(laurel.path('.'))) {
      if (existsSync(laurel.path('resumed.log')) && laurel.readRows('resumed.log').length >= 3) break
    }
    child.kill('SIGINT')
    expect((await finished).code).toBe(130)
    expect(existsSync(laurel.path('resumed'))).toBe(false)
    expect(laurel.readRows('resumed.log').length).toBeLessThan(60)

    const { code, stderr } = await laurel.run(...sft('resumed', 'resumed.log'), ...backend)
    expect(code).toBe(0)
    expect(stderr).toMatch(/resuming after step \d+/)
    const weights = (folder: string) => readFileSync(laurel.path(`${folder}/model.safetensors`))
    expect(weights('resumed').equals(weights('straight'))).toBe(true)
    const untimed = (log: string) => laurel.readRows(log).map(({ seconds: _, ...row }) => row)
    expect(untimed('resumed.log')).toEqual(untimed('straight.log'))
    expect(untimed('straight.log')).toHaveLength(60)
    expect(existsSync(laurel.path('resumed.checkpoints'))).toBe(false)
  }, 120_000)

  test('a log row has the keys of its task, in order', async () => {
    const [row] = laurel.readRows('straight.log')
    const keys = ['step', 'seconds', 'loss', 'grad_norm', 'learning_rate', 'mean_token_accuracy', 'entropy', 'num_tokens']
    expect(Object.keys(row).slice(0, keys.length)).toEqual(keys)
  })

  test('dpo: pairs of token ids need no tokenizer, the first loss is ln 2, and the log uses TRL’s names', async () => {
    laurel.writeRows('pairs.jsonl', [
      { prompt: { input_ids: [3, 4] }, chosen: { input_ids: [5, 2] }, rejected: { input_ids: [6, 7, 2] } },
      { prompt: [3], chosen: [5, 2], rejected: [8, 2] },
    ])
    writeFileSync(laurel.path('dpo.json'), JSON.stringify({ batch_size: 2, learning_rate: 1e-3, lora: { rank: 2 } }))
    const args = ['--model', 'ids', '--data', 'pairs.jsonl', '--config', 'dpo.json', '--out', 'dpo', '--log', 'dpo.log']
    expect(await laurel.run('train', 'dpo', ...args, ...backend)).toMatchObject({ code: 0 })
    const [row] = laurel.readRows('dpo.log')
    expect(row.loss).toBeCloseTo(Math.LN2, 6)
    const keys = ['step', 'seconds', 'loss', 'grad_norm', 'learning_rate', 'rewards/chosen', 'rewards/rejected', 'rewards/margins']
    keys.push('rewards/accuracies', 'logps/chosen', 'logps/rejected', 'num_tokens')
    expect(Object.keys(row).slice(0, keys.length)).toEqual(keys)
    expect(readdirSync(laurel.path('dpo'))).toContain('config.json')
  })

  test('a non-empty --out is refused', async () => {
    const { code, stderr } = await laurel.run(...sft('ids', 'x.log'), ...backend)
    expect(code).toBe(2)
    expect(stderr).toContain('ids already exists')
  })

  test.each([
    ['an unknown key', { learning_rte: 1 }, 'learning_rte: unknown key'],
    ['a value out of range', { beta: 0 }, 'beta: Too small'],
    ['a nested invalid value', { lora: { targets: ['q'] } }, 'lora.targets.0'],
  ])('%s in the config is named', async (_, content, message) => {
    writeFileSync(laurel.path('bad.json'), JSON.stringify(content))
    const { code, stderr } = await laurel.run(
      'train',
      'sft',
      '--model',
      'text',
      '--data',
      'data.jsonl',
      '--out',
      'never',
      '--config',
      'bad.json',
    )
    expect(code).toBe(2)
    expect(stderr).toContain('error: bad.json: ')
    expect(stderr).toContain(message)
  })
})

describe('usage', () => {
  test.each([
    [['genrate'], /Did you mean generate/],
    [['generate', '--model', 'text'], /required option '--input <file>'/],
    [['generate', '--model', 'text', '--input', 'a', '--output', 'b', '--n', '0'], /must be a whole number from 1 to 65536/],
    [['score', '--model', 'text', '--input', 'none.jsonl', '--output', 'b'], /error: none\.jsonl: no such file/],
  ])('%j ends with code 2 and one clear line', async (args, message) => {
    const { code, stderr } = await laurel.run(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  test.each([
    ['a file without rows', ['score', '--model', 'ids', '--input', 'empty.jsonl', '--output', 'o'], 'error: empty.jsonl: has no rows. '],
    [
      'a file that isn’t a model',
      ['score', '--model', 'in.jsonl', '--input', 'in.jsonl', '--output', 'o', '--backend', 'cpu'],
      'error: in.jsonl: ',
    ],
    ['a folder in place of a file', ['parse-scores', '--input', 'ids', '--output', 'o'], 'error: ids: is a folder. '],
    ['a folder as output', ['demo', '--json', 'ids'], 'error: ids: is a folder. '],
    [
      'a folder for statistics',
      ['score', '--model', 'ids', '--input', 'in.jsonl', '--output', 'o', '--stats', 'ids'],
      'error: ids: is a folder. ',
    ],
    [
      'a minimum above the maximum',
      ['generate', '--model', 'ids', '--input', 'in.jsonl', '--output', 'o', '--min-new-tokens', '9', '--max-new-tokens', '5'],
      'error: --min-new-tokens 9 ',
    ],
    [
      'a judge without samples or expected score',
      ['judge', '--model', 'ids', '--input', 'in.jsonl', '--output', 'o', '--samples', '0'],
      'error: --samples 0 ',
    ],
    [
      'an invalid proportion',
      ['generate', '--model', 'ids', '--input', 'in.jsonl', '--output', 'o', '--top-p', '0'],
      'above 0 and at most 1',
    ],
    ['a file in another format', ['evaluate', 'reward-metrics', '--input', 'in.jsonl', '--output', 'o'], 'error: in.jsonl: '],
    ['a run that does not exist', ['run', 'stop', 'nowhere'], 'error: There is no run nowhere. '],
  ])('%s ends with code 2 and one line', async (_, args, start) => {
    laurel.writeRows('empty.jsonl', [])
    laurel.writeRows('in.jsonl', [{ input_ids: [3, 4] }])
    const { code, stderr, stdout } = await laurel.run(...args)
    expect(stderr).toContain(start)
    expect(stderr.match(/\n/g)).toHaveLength(1)
    expect([code, stdout]).toEqual([2, ''])
  })

  test('--version and --help succeed', async () => {
    expect(await laurel.run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    expect(await laurel.run('train', 'sft', '--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('--config') })
  })
})
