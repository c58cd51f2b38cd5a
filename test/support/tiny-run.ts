import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { homePaths } from '../../main/common/home.ts'
import { type SessionOptions, workOn } from '../../main/loop/session.ts'
import type { JobState } from '../../main/shared/enums.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { type StandInOptions, standInEngine } from './stand-in-engine.ts'
import { writeModel } from './stand-in-training.ts'

/** In memory if possible: these tests kill processes, not the power, and waiting for a disk would take most of their time. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A weights file without weights: enough for the checks before a run is created. */
const emptySafetensors = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from('{}')])

/** A separate data folder with a base model and seed data for a run that takes milliseconds with the fake engine. */
export function tinyHome(): { home: string; remove: () => void } {
  const home = mkdtempSync(join(place, 'laurel-test-'))
  writeModel(join(home, 'base'), 'm0')
  writeFileSync(join(home, 'base', 'tokenizer.json'), '{}')
  writeFileSync(join(home, 'base', 'model.safetensors'), emptySafetensors)
  const lines = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const tasks = Array.from({ length: 24 }, (_, i) => ({
    instruction: `Explain to a child how thing number ${i} works today`,
    output: `It works by ${i}.`,
  }))
  writeFileSync(join(home, 'ift.jsonl'), lines(tasks.map(({ instruction, output }) => ({ instruction, input: '', output }))))
  const ranked = Array.from({ length: 12 }, (_, q) =>
    [0, 1, 2].map((rank) => ({ question: `What is ${q}?`, answer: `Answer ${rank} to ${q}`, rank })),
  )
  writeFileSync(join(home, 'ranked.jsonl'), lines(ranked.flat()))
  const words = ['amber', 'brook', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'heath', 'inlet', 'jetty', 'knoll', 'larch']
  const graded = words.map((word, i) => ({
    prompt: `Tell a story number ${i} of the ${word}`,
    requirements: [word, words[(i + 5) % words.length]].map((keyword) => ({
      check: { id: 'keywords:existence', args: { keywords: [keyword] } },
    })),
  }))
  writeFileSync(join(home, 'graded.jsonl'), lines(graded))
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) }
}

/** Small enough for hundreds of runs, but with every stage. */
export const tinyRecipe = (home: string, changes: Partial<RecipeInput> = {}): RecipeInput => ({
  name: 'tiny',
  seed: 7,
  base_model: join(home, 'base'),
  precision: 'float32',
  seed_data: { ift: join(home, 'ift.jsonl'), ranked: join(home, 'ranked.jsonl'), ranked_held_out: 4 },
  sft: { batch_size: 4, save_steps: 2 },
  prompts: { count: 6 },
  candidates: { count: 3 },
  dpo: { batch_size: 2, save_steps: 1 },
  evaluation: { count: 3 },
  chunk: 8,
  ...changes,
})

export function createTinyRun(store: Store, home: string, changes: Partial<RecipeInput> = {}): string {
  mkdirSync(homePaths(home).runs, { recursive: true })
  return store.runs.create({ name: 'tiny', recipe: recipeSchema.parse(tinyRecipe(home, changes)) })
}

export const openTinyStore = (home: string): Store => openStore(homePaths(home).database)

/** Execute a run with a fake engine. */
export const workWithStandIn = (
  store: Store,
  home: string,
  runId: string,
  engine: StandInOptions = {},
  options: Partial<SessionOptions> = {},
): Promise<JobState> => workOn({ store, home, runId, startEngine: async () => standInEngine(engine), ...options })

/** What a run comes to whose process is killed again and again, in a data folder of its own. `engineOf`: the stand-in of each attempt. */
export async function contentOfKilledRun(
  changes: Partial<RecipeInput>,
  engineOf: (attempt: number) => StandInOptions,
): Promise<ReturnType<typeof contentOfRun>> {
  const { home, remove } = tinyHome()
  const store = openTinyStore(home)
  try {
    const runId = createTinyRun(store, home, changes)
    for (let attempt = 0; ; attempt++) {
      const state = await workWithStandIn(store, home, runId, engineOf(attempt)).catch(() => 'died')
      if (state === 'finished') return contentOfRun(home)
    }
  } finally {
    store.close()
    remove()
  }
}

/** Queries of tables whose rows must not depend on when a run was interrupted, without row IDs. */
const tables: Record<string, string> = {
  models: 'SELECT name, initialised_from, reference, data, sha256 FROM models ORDER BY name',
  examples: 'SELECT kind, position, instruction, response, prompt_number, human_rank FROM examples ORDER BY kind, position',
  prompts: 'SELECT iteration, round, place, text, position, reason, similarity, demonstrations FROM prompts ORDER BY 1, 2, 3',
  candidates: `SELECT p.iteration, p.position, c.sample, c.text, c.tokens, c.finish_reason, c.seed, c.model
    FROM candidates c JOIN prompts p ON p.id = c.prompt_id ORDER BY 1, 2, 3`,
  judgements: `SELECT coalesce('c' || p.iteration || '/' || p.position || '/' || c.sample, 'e' || e.kind || e.position) AS subject,
      j.judge, j.sample, j.text, j.score, j.detail
    FROM judgements j LEFT JOIN candidates c ON c.id = j.candidate_id LEFT JOIN prompts p ON p.id = c.prompt_id
      LEFT JOIN examples e ON e.id = j.example_id ORDER BY 1, 2, 3`,
  secondJudgements: `SELECT p.iteration, p.position, c.sample AS candidate, s.purpose, s.judge, s.sample, s.text, s.score, s.detail
    FROM second_judgements s JOIN candidates c ON c.id = s.candidate_id JOIN prompts p ON p.id = c.prompt_id ORDER BY 1, 2, 3, 4, 6`,
  judgementComparisons: `SELECT p.iteration, p.position, c.sample, m.first, m.second, m.lead
    FROM judgement_comparisons m JOIN candidates c ON c.id = m.candidate_id JOIN prompts p ON p.id = c.prompt_id ORDER BY 1, 2, 3, 4, 5`,
  judgePairs: `SELECT p.iteration, p.position, c.sample, x.prompt, x.chosen, x.rejected, x.chosen_elo, x.rejected_elo
    FROM judge_pairs x JOIN candidates c ON c.id = x.candidate_id JOIN prompts p ON p.id = c.prompt_id ORDER BY 1, 2, 3`,
  pairs: `SELECT p.iteration, p.position, x.place, w.sample AS chosen, l.sample AS rejected, x.chosen_reward, x.rejected_reward, x.unrated
    FROM pairs x JOIN prompts p ON p.id = x.prompt_id JOIN candidates w ON w.id = x.chosen_id JOIN candidates l ON l.id = x.rejected_id ORDER BY 1, 2, 3`,
  /** The duration of a step isn't a result. */
  metrics: `SELECT t.name AS training, m.step, m.name, m.value FROM metrics m JOIN trainings t ON t.id = m.training_id
    WHERE m.name <> 'seconds' ORDER BY 1, 2, 3`,
  references: 'SELECT t.name, r.row, r.chosen, r.rejected FROM reference_logprobs r JOIN trainings t ON t.id = r.training_id ORDER BY 1, 2',
  trainingPairs: `SELECT t.name AS training, p.iteration, p.position, u.row, u.reversed, u.because FROM training_pairs u
    JOIN trainings t ON t.id = u.training_id JOIN pairs x ON x.id = u.pair_id JOIN prompts p ON p.id = x.prompt_id ORDER BY 1, 2, 3, 4`,
  checkpoints: 'SELECT count(*) AS left FROM checkpoints',
  answers: 'SELECT model, purpose, position, text FROM answers ORDER BY 1, 2, 3',
  comparisons: 'SELECT model, against, position, swapped, judge, text, verdict FROM comparisons ORDER BY 1, 2, 3, 4',
  evaluationUnits: 'SELECT part, position, sample, value FROM evaluation_units WHERE run_id IS NOT NULL ORDER BY 1, 2, 3',
  /** Costs aren't results: they are of the last session. */
  evaluations: `SELECT model, kind, against, judge, json_remove(result, '$.seconds_per_answer', '$.tokens_per_answer') AS result
    FROM evaluations WHERE run_id IS NOT NULL ORDER BY 1, 2, 3`,
}

/** Everything that a run produced, without row IDs, times, and folders: equal for equal runs. */
export function contentOfRun(home: string): Record<string, unknown[]> {
  const db = new Sqlite(homePaths(home).database, { readonly: true })
  try {
    return Object.fromEntries(Object.entries(tables).map(([name, sql]) => [name, db.prepare(sql).all()]))
  } finally {
    db.close()
  }
}
