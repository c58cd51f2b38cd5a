import type { Database } from 'better-sqlite3'
import type { StageName } from '../../shared/run-events.ts'
import { command } from '../database/statement.ts'

const ofPrompts = 'prompt_id IN (SELECT id FROM prompts WHERE run_id = @runId AND iteration = @iteration)'
const ofCandidates = `candidate_id IN (SELECT c.id FROM prompts p JOIN candidates c ON c.prompt_id = p.id WHERE p.run_id = @runId AND p.iteration = @iteration)`
const training = 'DELETE FROM trainings WHERE run_id = @runId AND name = @model'

/** What a stage has stored. Rows that depend on it are deleted with it. */
const rowsOf: Readonly<Partial<Record<StageName, readonly string[]>>> = {
  'seed-data': [`DELETE FROM models WHERE run_id = @runId AND name = 'M0'`], // its rows end the stage, so it has none
  baseline: [training],
  train: [training],
  prompts: [
    'DELETE FROM prompts WHERE run_id = @runId AND iteration = @iteration',
    'DELETE FROM prompt_rounds WHERE run_id = @runId AND iteration = @iteration',
  ],
  candidates: [`DELETE FROM candidates WHERE ${ofPrompts}`],
  judgements: [`DELETE FROM judgements WHERE ${ofCandidates}`, `DELETE FROM second_judgements WHERE ${ofCandidates}`],
  pairs: [`DELETE FROM pairs WHERE ${ofPrompts}`],
  'judge-pairs': [`DELETE FROM judge_pairs WHERE ${ofCandidates}`, `DELETE FROM judgement_comparisons WHERE ${ofCandidates}`],
  review: [],
  evaluate: [
    `DELETE FROM evaluation_units WHERE run_id = @runId AND json_extract(part, '$[1]') = @model`,
    'DELETE FROM evaluations WHERE run_id = @runId AND model = @model',
  ],
}

/** Stages whose rows are separate from those of the other stages, and so be made again. */
export const repeatableStages: ReadonlySet<StageName> = new Set(Object.keys(rowsOf) as StageName[])

/** Deletes what an unfinished stage has stored, so that it starts over. */
export function discards(db: Database) {
  const statements = new Map(
    Object.entries(rowsOf).map(([stage, texts]) => [
      stage,
      texts.map((text) => ({ run: command(db, text), parameters: [...text.matchAll(/@(\w+)/g)].map(([, name]) => name) })),
    ]),
  )
  return {
    /** `model`: the one that the stage makes or measures. */
    stage(runId: string, iteration: number, stage: StageName, model: string): void {
      const values: Readonly<Record<string, string | number>> = { runId, iteration, model }
      for (const { run, parameters } of statements.get(stage) ?? []) run(Object.fromEntries(parameters.map((name) => [name, values[name]])))
    },
  }
}
