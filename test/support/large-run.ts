import Sqlite from 'better-sqlite3'
import { generators } from '../../main/common/random.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { openStore } from '../../main/store/store.ts'

const { uniform } = generators.murmur

/** The size of a synthetic run. */
export interface LargeRun {
  readonly prompts: number
  readonly candidates: number
  readonly judgements: number
  readonly steps: number
}

const metricNames = [
  ...['entropy', 'grad_norm', 'learning_rate', 'logps/chosen', 'logps/rejected', 'loss', 'mean_token_accuracy', 'num_tokens'],
  ...['rewards/accuracies', 'rewards/chosen', 'rewards/margins', 'rewards/rejected'],
]

/**
 * A synthetic run of one iteration, as large as a real one, written directly into the database at `path`, to check that the window stays smooth. One
 * loss (at step 777) is NULL, and one (at step 4242) is an outlier.
 */
export function writeLargeRun(path: string, { prompts, candidates, judgements, steps }: LargeRun): string {
  const store = openStore(path)
  const recipe = recipeSchema.parse({ name: 'large', base_model: 'nowhere', iterations: 1, seed_data: { ift: 'nowhere' } })
  const id = store.runs.create({ name: 'large', recipe })
  store.runs.setPlace(id, 1, 'train')
  store.close()
  const db = new Sqlite(path)
  db.pragma('synchronous = OFF')
  db.transaction(() => {
    writeRows(db, id, { prompts, candidates, judgements, steps })
    writeMetrics(db, id, prompts, steps)
  })()
  db.close()
  return id
}

function writeRows(db: Sqlite.Database, id: string, { prompts, candidates, judgements }: LargeRun): void {
  const prompt = db.prepare(
    `INSERT INTO prompts (run_id, iteration, round, place, text, position, demonstrations) VALUES (?, 1, 0, ?, ?, ?, '[]')`,
  )
  const candidate = db.prepare(
    `INSERT INTO candidates (prompt_id, sample, text, tokens, finish_reason, seed) VALUES (?, ?, ?, 40, 'stop', 1)`,
  )
  const judgement = db.prepare(`INSERT INTO judgements (candidate_id, judge, sample, text, score) VALUES (?, 'M1', ?, ?, ?)`)
  const pair =
    db.prepare(`INSERT INTO pairs (prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by)
     VALUES (?, ?, ?, ?, ?, 0.5, 0.5, 'judge')`)
  for (let p = 0; p < prompts; p++) {
    const promptId = prompt.run(id, p, `Explain thing number ${p} to somebody who has never heard of it.`, p).lastInsertRowid // words: allow
    const rewarded = Array.from({ length: candidates }, (_, c) => {
      const candidateId = candidate.run(promptId, c, `Answer ${c} to ${p}. ${'It goes on for a while. '.repeat(8)}`).lastInsertRowid // words: allow
      let sum = 0
      for (let j = 0; j < judgements; j++) {
        const score = Math.floor(6 * uniform(p * 16 + c, j))
        judgement.run(candidateId, j, `The answer is thing ${c}. Score: ${score}`, score)
        sum += score
      }
      return { candidateId, reward: sum / judgements }
    }).sort((a, b) => b.reward - a.reward)
    const [best, worst] = [rewarded[0], rewarded[rewarded.length - 1]]
    if (best.reward > worst.reward) pair.run(promptId, best.candidateId, worst.candidateId, best.reward, worst.reward)
  }
  const stage = db.prepare(`INSERT INTO stages (run_id, iteration, stage, seconds, finished_at) VALUES (?, ?, ?, 60, ?)`)
  for (const name of ['seed-data', 'train', 'evaluate']) stage.run(id, 0, name, new Date().toISOString())
  for (const name of ['prompts', 'candidates', 'judgements', 'pairs', 'review']) stage.run(id, 1, name, new Date().toISOString())
}

function writeMetrics(db: Sqlite.Database, id: string, rows: number, steps: number): void {
  const trainingId = db
    .prepare(`INSERT INTO trainings (run_id, name, task, rows, steps, config, started_at) VALUES (?, 'M2', 'dpo', ?, ?, '{}', ?)`)
    .run(id, rows, steps, new Date().toISOString()).lastInsertRowid
  const metric = db.prepare('INSERT INTO metrics (training_id, step, name, value) VALUES (?, ?, ?, ?)')
  for (let step = 1; step <= steps; step++) {
    for (const [place, name] of metricNames.entries()) metric.run(trainingId, step, name, made(name, step, place))
  }
}

function made(name: string, step: number, place: number): number | null {
  if (name === 'loss' && step === 777) return null
  if (name === 'loss' && step === 4242) return 50
  return Math.exp(-step / 40_000) + 0.2 * uniform(step, place)
}
