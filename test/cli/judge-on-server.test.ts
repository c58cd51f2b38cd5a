import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { openStore } from '../../main/store/store.ts'
import { commandLine } from '../support/command-line.ts'
import { addServer } from '../support/configured-engines.ts'
import { type StandInServer, standInServer } from '../support/stand-in-server.ts'

const laurel = commandLine()
let server: StandInServer
beforeAll(async () => {
  server = await standInServer()
  const store = openStore(homePaths(laurel.path('home')).database)
  addServer(store, server.address, { has: { prompt_logprobs: null } })
  store.close()
  laurel.writeRows(
    'answers.jsonl',
    Array.from({ length: 6 }, (_, i) => ({ instruction: 'Name a number.', response: `It is ${i}.` })),
  )
  laurel.writeRows(
    'ranked.jsonl',
    Array.from({ length: 9 }, (_, i) => ({ question: `What is ${i % 3}?`, answer: `Answer ${i}`, rank: Math.floor(i / 3) })),
  )
  const outputs = (generator: string) =>
    Array.from({ length: 4 }, (_, i) => ({ instruction: `What is ${i}?`, output: `${generator} ${i}`, generator }))
  laurel.writeRows('baseline.jsonl', outputs('reference'))
  laurel.writeRows('mine.jsonl', outputs('mine'))
})
afterAll(async () => {
  await server.close()
  laurel.remove()
})

const judge = (...args: string[]) => laurel.run('judge', '--engine', 'big', '--input', 'answers.jsonl', '--output', 'judged.jsonl', ...args)

describe('laurel judge --engine', () => {
  it('has a server’s own model judge, without a model on this machine', async () => {
    const { code, stderr } = await judge('--samples', '2', '--stats', 'stats.json')
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('judgements') })
    expect(stderr).toContain('asked big (big-model): 6 requests, ')
    const rows = laurel.readRows<{ scores: number[]; texts: string[] }>('judged.jsonl')
    expect(rows.map(({ scores }) => scores.length)).toEqual([2, 2, 2, 2, 2, 2])
    expect(rows[0].texts[0]).toContain('Because it is so.')
    expect(server.seen.every(({ body }) => body.model === 'big-model')).toBe(true)
    expect(JSON.parse(readFileSync(laurel.path('stats.json'), 'utf8'))).toMatchObject({ peak_rss_gb: null })
  })

  it.each([
    [['--method', 'contrast'], "The judge contrast can't judge on big, which has no log-probabilities of a given response"],
    [['--method', 'ticks'], 'and big is a server. Use another judge, or leave out --engine.'],
    [['--model', 'some-model'], 'The server big judges with its own model, big (big-model).'],
    [['--backend', 'cpu'], 'Leave them out with --engine.'],
  ])('refuses %j before anything is asked', async (args, message) => {
    const before = server.seen.length
    const { code, stderr } = await judge(...args, '--output', 'refused.jsonl')
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) })
    expect(server.seen).toHaveLength(before)
    expect(existsSync(laurel.path('refused.jsonl'))).toBe(false)
  })
})

describe('laurel judge probe --engine', () => {
  it('measures the judges that the server serves, and names those that it doesn’t', async () => {
    const { code, stdout, stderr } = await laurel.run('judge', 'probe', '--engine', 'big', '--ranked', 'ranked.jsonl', '--json')
    expect(code).toBe(0)
    const { judges } = JSON.parse(stdout) as { judges: { method: string }[] }
    expect(judges.map(({ method }) => method)).toEqual([
      'additive',
      'expected',
      'yes',
      'checklist',
      'pairwise',
      'majority',
      'random',
      'length',
    ])
    expect(stderr).toContain('not measured: contrast, because big has no log-probabilities of a given response')
  })

  it('refuses one that is named and that the server doesn’t serve', async () => {
    const { code, stderr } = await laurel.run('judge', 'probe', '--engine', 'big', '--ranked', 'ranked.jsonl', '--methods', 'yes,contrast')
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("The judge contrast can't judge on big") })
  })
})

describe('laurel evaluate --judge-engine', () => {
  const evaluate = (...args: string[]) =>
    laurel.run('evaluate', 'alpaca-eval', '--input', 'baseline.jsonl', '--model-outputs', 'mine.jsonl', ...args)

  it('has a server judge, and names it in the results', async () => {
    const { code, stdout, stderr } = await evaluate('--judge-engine', 'big', '--annotations', 'annotations.json', '--output', 'result.json')
    expect(code).toBe(0)
    expect(stderr).toMatch(/^asked big \(big-model\): \d+ requests, [\d,]+ tokens read, [\d,]+ written$/m)
    const { engine_usage } = JSON.parse(readFileSync(laurel.path('result.json'), 'utf8')) as { engine_usage: object[] }
    expect(engine_usage).toMatchObject([{ engine: 'big', model: 'big-model', retries: 0, cost: null }])
    expect(stdout).toContain('big (big-model)')
    const annotations = JSON.parse(readFileSync(laurel.path('annotations.json'), 'utf8')) as { annotator: string }[]
    expect(annotations.map(({ annotator }) => annotator)).toEqual(Array(4).fill('laurel big (big-model)'))
  })

  it('needs a judge', async () => {
    const { code, stderr } = await evaluate()
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Add --judge PATH, or --judge-engine NAME.') })
  })
})
