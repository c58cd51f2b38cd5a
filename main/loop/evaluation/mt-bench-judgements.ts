import { z } from 'zod'
import type { JudgeRequest } from '../../evaluation/mt-bench/judge-prompts.ts'
import { parseGrade, parseLetter } from '../../evaluation/mt-bench/parse-grade.ts'
import { systemForm } from '../judges/system-message.ts'
import { generateMissing, greedySampling } from '../stage-work.ts'
import { type EvaluationOwner, type EvaluationWork, type NamedModel, type UnitStore, unitStore } from './units.ts'

/** An answer to grade. */
export interface GradeRow {
  readonly position: number
  readonly request: JudgeRequest
}

/** Two answers to compare in one order: 1 if the model's own answer is shown as B. */
export interface VerdictRow extends GradeRow {
  readonly sample: 0 | 1
}

const gradeValue = z.object({ text: z.string(), score: z.number().nullable() })
export type MtBenchGrade = z.output<typeof gradeValue>

const verdictValue = z.object({ text: z.string(), verdict: z.enum(['A', 'B', 'tie']).nullable() })
export type MtBenchVerdict = z.output<typeof verdictValue>

/** A judge's grades of the answers to one turn (0 or 1). */
export const storedGrades = (owner: EvaluationOwner, turn: number): UnitStore<GradeRow, string, MtBenchGrade> =>
  unitStore(owner, {
    part: ['grades', 'own', 'judge', `turn ${turn + 1}`],
    schema: gradeValue,
    toStored: (text) => ({ text, score: parseGrade(text) }),
    what: `grades of turn ${turn + 1}`,
    noun: 'answers',
    nameOf: ({ position }) => `question ${position + 1}`,
  })

/** A judge's comparisons of the answers to one turn (0 or 1). */
export const storedVerdicts = (owner: EvaluationOwner, turn: number): UnitStore<VerdictRow, string, MtBenchVerdict> =>
  unitStore(owner, {
    part: ['verdicts', 'own', 'other', 'judge', `turn ${turn + 1}`],
    schema: verdictValue,
    toStored: (text) => ({ text, verdict: parseLetter(text) }),
    what: `comparisons of turn ${turn + 1}`,
    noun: 'comparisons',
    nameOf: ({ position, sample }) => `question ${position + 1}${sample === 1 ? ', swapped' : ''}`,
  })

/** Asks a judge greedily, as FastChat does. */
export async function judgeRequests<Row extends GradeRow, Stored>(
  work: EvaluationWork,
  { judge, maxNewTokens }: { readonly judge: NamedModel; readonly maxNewTokens: number },
  store: UnitStore<Row, string, Stored>,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return
  const form = await systemForm(work.engine, judge.path, rows[0].request.system)
  await generateMissing(work, store.units(rows, 1), {
    model: judge.path,
    sampling: greedySampling(maxNewTokens),
    input: ({ request: { system, user } }) => form(system, user),
    read: ({ text }) => text,
  })
}
