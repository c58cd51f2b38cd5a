import { mkdirSync, symlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { generators } from '../../main/common/random.ts'
import { findRuntime } from '../../main/runtimes/find.ts'
import { runDetails } from '../../main/shared/contract/runs-contract.ts'
import { commandLine, saveTextModel } from '../support/command-line.ts'
import { contentOfRun } from '../support/tiny-run.ts'

const { uniform } = generators.murmur

/** All of Laurel, two processes and real arithmetic, killed with -9 during a run. */
const backends = ['cpu', ...(findRuntime(homeFolder()) === null ? [] : ['tensorflow'])]

const kills = Number(process.env.LAUREL_TEST_KILLS ?? 5)

const sentences = (n: number, say: (i: number) => object): object[] => Array.from({ length: n }, (_, i) => say(i))
const recipe = {
  name: 'killed',
  seed: 3,
  base_model: 'base',
  precision: 'float32',
  seed_data: { ift: 'ift.jsonl' },
  sft: { batch_size: 2, save_steps: 1, max_length: 128, dropout: 0.1 },
  prompts: { method: 'file', file: 'prompts.jsonl', count: 6, filters: { max_rouge_l: 1 } },
  candidates: { count: 3, max_new_tokens: 6, temperature: 1, top_p: 1 },
  judge: { method: 'expected', prompt: 'ticks' }, // a short prompt
  dpo: { batch_size: 2, save_steps: 1, max_length: 128, learning_rate: 1e-3 },
  evaluation: { count: 3, method: 'reward', max_new_tokens: 6 },
  batch: 4,
  chunk: 8,
}

describe.each(backends)('a run on the %s backend', { timeout: 600_000 }, (backend) => {
  const laurel = commandLine()
  let runId: string
  beforeEach(async () => {
    saveTextModel(laurel.path('base'))
    laurel.writeRows(
      'ift.jsonl',
      sentences(11, (i) => ({ instruction: `Say what ${i} is`, input: '', output: `It is ${i}.` })),
    )
    laurel.writeRows(
      'prompts.jsonl',
      sentences(12, (i) => ({ prompt: `Now tell me about ${i} things` })),
    )
    laurel.writeRows('recipe.json', [recipe])
    mkdirSync(laurel.path('home'))
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(laurel.path('home')).runtimes)
    runId = await make()
  })
  afterEach(() => laurel.remove())

  async function make(): Promise<string> {
    const made = await laurel.run('run', 'new', '--config', 'recipe.json')
    expect(made).toMatchObject({ code: 0 })
    return made.stdout.trim()
  }

  const resume = (id: string) => laurel.start('run', 'resume', id, '--backend', backend, '--threads', '1')

  async function models(id: string): Promise<[string, string][]> {
    const shown = runDetails.parse(JSON.parse((await laurel.run('run', 'show', id, '--json')).stdout))
    expect(shown.status).toBe('finished')
    return shown.models.map(({ name, sha256 }) => [name, sha256])
  }

  /** Number of stored units of work of any kind. */
  function unitsStored(): number {
    const db = new Sqlite(homePaths(laurel.path('home')).database, { readonly: true })
    const tables = ['examples', 'candidates', 'judgements', 'evaluation_units', 'prompts', 'stages', 'metrics', 'checkpoints']
    const counts = tables.map((table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number)
    db.close()
    return counts.reduce((sum, count) => sum + count, 0)
  }

  it('killed with -9 repeatedly, ends with identical rows and models', async () => {
    let killed = 0
    for (let finished = false; !finished; ) {
      const { child, finished: end } = resume(runId)
      let isOver = false
      void end.then(() => {
        isOver = true
      })
      const limit = unitsStored() + 1 + Math.floor((uniform(5, killed) * 500) / kills) // a run has about 300
      while (!isOver && (killed >= kills || unitsStored() < limit)) await sleep(10)
      child.kill('SIGKILL')
      const { code, stderr } = await end
      if (code === 0) finished = true
      else {
        expect(code, stderr).toBeNull()
        killed++
      }
    }
    expect(killed).toBeGreaterThan(kills / 3)
    const content = contentOfRun(laurel.path('home'))
    const killedModels = await models(runId)

    const other = await make()
    expect(await resume(other).finished).toMatchObject({ code: 0 })
    expect(await models(other)).toEqual(killedModels)
    expect(killedModels.map(([name]) => name)).toEqual(['M0', 'M1', 'M2', 'M3'])
    expect(new Set(killedModels.map(([, sha256]) => sha256)).size).toBe(4)
    expect(contentOfRun(laurel.path('home'))).toEqual(doubled(content)) // both runs are in one database
  })
})

/** The content of a database with the same run twice. */
const doubled = (content: Record<string, unknown[]>): Record<string, unknown[]> =>
  Object.fromEntries(
    Object.entries(content).map(([table, rows]) => [table, table === 'checkpoints' ? rows : rows.flatMap((row) => [row, row])]),
  )
