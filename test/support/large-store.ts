import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { homePaths } from '../../main/common/home.ts'
import { demoRecipe } from '../../main/demo/demo-run.ts'
import type { IterationReport } from '../../main/shared/run-events.ts'
import { openStore } from '../../main/store/store.ts'

/** The size of a synthetic store. */
export interface LargeStore {
  readonly runs: number
  /** Pairs of the largest run, and of each of `mediumRuns` others, in two iterations each; the rest have none. */
  readonly largestPairs: number
  readonly mediumRuns: number
  readonly mediumPairs: number
  /** Steps of the largest run's first training, and of every other training, with 14 metrics per step. */
  readonly largestSteps: number
  readonly steps: number
  /** Whether every run has its folder with small files on disk. */
  readonly hasFolders: boolean
}

/** 1,000 runs, 100,000 pairs, and a million metric rows: about 600 MB. */
export const fullSize: LargeStore = {
  ...{ runs: 1000, largestPairs: 20_000, mediumRuns: 100, mediumPairs: 800, largestSteps: 8000, steps: 21, hasFolders: true },
}

/** The same shape, small enough for a test. */
export const smallSize: LargeStore = {
  ...{ runs: 30, largestPairs: 60, mediumRuns: 5, mediumPairs: 20, largestSteps: 60, steps: 3, hasFolders: true },
}

const metricNames = [
  ...['entropy', 'grad_norm', 'learning_rate', 'logps/chosen', 'logps/rejected', 'loss', 'mean_token_accuracy', 'num_tokens', 'seconds'],
  ...['rewards/accuracies', 'rewards/chosen', 'rewards/margins', 'rewards/rejected', 'tokens_per_second'],
]

const words = 'river stone cloud window paper engine model score reward judge answer question prompt garden winter'.split(' ')
const pool = Array.from({ length: 4000 }, (_, i) => words[(i * 7 + (i >> 3)) % words.length]).join(' ')

/**
 * Fill the data folder at `home`; returns the largest run's ID. The content is a function of the sizes, inserted with a few recursive
 * statements.
 */
export function writeLargeStore(home: string, size: LargeStore): string {
  openStore(homePaths(home).database).close()
  const db = new Sqlite(homePaths(home).database)
  db.pragma('synchronous = OFF')
  db.function('text', { deterministic: true }, (seed, length) => {
    const from = (Number(seed) * 7919) % (pool.length - Number(length))
    return pool.slice(from, from + Number(length))
  })
  db.function('number', { deterministic: true }, (seed) => (Math.imul(Number(seed), 2654435761) >>> 0) / 2 ** 32)
  db.transaction(() => {
    writeRuns(db, home, size)
    writeIterations(db, size)
    writeTrainings(db, size)
  })()
  db.close()
  if (size.hasFolders) writeFolders(home, size.runs)
  return runId(0)
}

const runId = (i: number): string => `r-${(10_000 + i).toString(36).padStart(5, '2')}`

function writeRuns(db: Database, home: string, { runs }: LargeStore): void {
  const recipe = JSON.stringify(demoRecipe(0, 'self'))
  const engine = JSON.stringify({ backend: 'tensorflow', precision: 'float32', threads: 2 })
  const run = db.prepare(`INSERT INTO runs (id, name, iteration, stage, recipe, engine, created_at) VALUES (?, ?, 2, 'evaluate', ?, ?, ?)`)
  const job = db.prepare("INSERT INTO jobs (id, run_id, state, attempts, finished_at) VALUES (@id, @id, 'finished', 1, @at)")
  for (let i = 0; i < runs; i++) {
    const at = new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString()
    run.run(runId(i), `run ${i}`, recipe, engine, at)
    job.run({ id: runId(i), at })
  }
  const model = db.prepare(
    `INSERT INTO models (run_id, name, path, initialised_from, reference, data, sha256, created_at)
     SELECT id, ?, ? || '/' || id || '/models/' || ?, NULL, NULL, 'pairs', 'abc', created_at FROM runs`,
  )
  for (const name of ['M1', 'M2', 'M3']) model.run(name, homePaths(home).runs, name)
  const stage = db.prepare(
    `INSERT INTO stages (run_id, iteration, stage, seconds, finished_at, summary) SELECT id, ?, ?, 12.5, created_at, ? FROM runs`,
  )
  for (const name of ['seed-data', 'train', 'evaluate']) stage.run(0, name, null)
  for (const iteration of [1, 2]) {
    for (const name of laterStages) stage.run(iteration, name, name === 'pairs' ? JSON.stringify(reportOfIteration(iteration)) : null)
  }
  const event = db.prepare('INSERT INTO events (run_id, at, event) SELECT id, created_at, ? FROM runs')
  for (let i = 0; i < 42; i++)
    event.run(JSON.stringify({ kind: 'note', iteration: 1, stage: 'prompts', text: `something happened, number ${i}` }))
  const evaluation = db.prepare(
    `INSERT INTO evaluations (run_id, model, kind, against, judge, title, result, created_at)
     SELECT id, ?, ?, ?, 'M1', '', ?, created_at FROM runs`,
  )
  for (const [name, against] of [
    ['M2', 'M1'],
    ['M3', 'M2'],
  ]) {
    evaluation.run(
      name,
      'head-to-head',
      against,
      JSON.stringify({ n: 24, wins: 13, ties: 3, losses: 8, unreadable: 0, win_rate: 0.6, low: 0.4, high: 0.8, position_bias: 0.1 }),
    )
    evaluation.run(name, 'true-accuracy', '', JSON.stringify({ all_five: 0.5, length: 6 }))
  }
  const example = db.prepare(
    `WITH RECURSIVE n (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k < ? - 1)
     INSERT INTO examples (run_id, kind, position, instruction, response) SELECT r.id, ?, k, text(k, 80), text(k, 60) FROM runs r, n`,
  )
  example.run(20, 'ift')
  example.run(5, 'held-out')
}

const laterStages = ['prompts', 'candidates', 'judgements', 'pairs', 'review', 'train', 'evaluate']

const reportOfIteration = (iteration: number): IterationReport => ({
  ...{
    model: `M${iteration}`,
    promptsAccepted: 400,
    promptsRejected: {},
    meanReward: 2.5,
    meanRewardError: 0.02,
    decidedShare: 1,
    tieShare: 0,
    pairs: 400,
    yield: 1,
  },
  ...{ judgements: 1600, parseFailures: 0, meanLength: 600, meanLengthChosen: 600, meanLengthRejected: 600 },
  ...{ topShare: 0, rewardSpread: 1.4, consistency: null },
})

function writeIterations(db: Database, { largestPairs, mediumRuns, mediumPairs }: LargeStore): void {
  const prompts = db.prepare(
    `WITH RECURSIVE n (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k < @count - 1)
     INSERT INTO prompts (run_id, iteration, round, place, text, position, demonstrations)
     SELECT @run, @iteration, 0, k, text(k + @iteration, 110), k, '[]' FROM n`,
  )
  for (let i = 0; i <= mediumRuns; i++) {
    for (const iteration of [1, 2]) prompts.run({ run: runId(i), iteration, count: (i === 0 ? largestPairs : mediumPairs) / 2 })
  }
  db.exec(`
    INSERT INTO candidates (prompt_id, sample, text, tokens, finish_reason, seed)
      SELECT p.id, s.value, text(p.id * 4 + s.value, 600), 150, 'stop', s.value FROM prompts p, json_each('[0,1,2,3]') s;
    INSERT INTO judgements (candidate_id, judge, sample, text, score)
      SELECT c.id, 'M' || p.iteration, 0, text(c.id, 400), round(number(c.id) * 5, 3) FROM prompts p JOIN candidates c ON c.prompt_id = p.id;
    INSERT INTO pairs (prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by)
      SELECT prompt_id, max(iif(best = 1, id, NULL)), max(iif(worst = 1, id, NULL)), max(score), min(score), 0, 0, 'judge' FROM (
        SELECT c.id, c.prompt_id, j.score, row_number() OVER (PARTITION BY c.prompt_id ORDER BY j.score DESC, c.id) AS best,
          row_number() OVER (PARTITION BY c.prompt_id ORDER BY j.score, c.id DESC) AS worst
        FROM candidates c JOIN judgements j ON j.candidate_id = c.id)
      GROUP BY prompt_id HAVING max(score) > min(score);`)
}

function writeTrainings(db: Database, { largestSteps, steps }: LargeStore): void {
  const training = db.prepare(
    `INSERT INTO trainings (run_id, name, task, rows, steps, config, started_at, finished_at)
     SELECT id, ?, ?, 100, iif(id = ? AND ? = 'M1', ?, ?), '{}', created_at, created_at FROM runs`,
  )
  for (const [name, task] of [
    ['M1', 'sft'],
    ['M2', 'dpo'],
    ['M3', 'dpo'],
  ])
    training.run(name, task, runId(0), name, largestSteps, steps)
  db.prepare(
    `WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ?)
     INSERT INTO metrics (training_id, step, name, value)
     SELECT t.id, n.k, m.value, number(t.id * 31 + n.k * 7 + m.key) FROM trainings t JOIN n ON n.k <= t.steps, json_each(?) m`,
  ).run(largestSteps, JSON.stringify(metricNames))
}

/** Tiny model files: only their number matters. */
function writeFolders(home: string, runs: number): void {
  for (let i = 0; i < runs; i++) {
    for (const name of ['M1', 'M2', 'M3']) {
      const folder = join(homePaths(home).run(runId(i)), 'models', name)
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'config.json'), '{}')
      writeFileSync(join(folder, 'model.safetensors'), 'x'.repeat(1000))
    }
    const checkpoint = join(homePaths(home).run(runId(i)), 'checkpoints', 'M3', '000021')
    mkdirSync(checkpoint, { recursive: true })
    writeFileSync(join(checkpoint, 'state.json'), '{}')
  }
}
