import { z } from 'zod'
import { finishReason } from '../../shared/engine-protocol.ts'
import type { evaluationUnitsTable } from '../tables/evaluation-units-table.ts'

const answer = z.object({ instruction: z.string(), text: z.string(), tokens: z.int(), finishReason })
type EvaluationAnswer = z.output<typeof answer> & { readonly position: number }

const judgement = z.object({ score: z.number().nullable() })

/** What the models of runs answered in evaluations. `purpose`: 'head-to-head' or a checker's name. */
export function answerQueries(units: ReturnType<typeof evaluationUnitsTable>) {
  return {
    of: (runId: string, model: string, purpose: string): EvaluationAnswer[] =>
      units.of({ runId }, ['answers', model, purpose]).map(({ position, value }) => ({ ...answer.parse(value), position })),
    /** Answers to the prompts at positions from `from` to before `to`, each with its scores by one judge. */
    between(runId: string, model: string, purpose: string, from: number, to: number) {
      const scores = new Map<number, { readonly judge: string; readonly scores: (number | null)[] }>()
      for (const { part, position, value } of units.within({ runId }, ['judgements', model, purpose], from, to)) {
        const judge = part[3]
        const known = scores.get(position)
        if (known?.judge === judge) known.scores.push(judgement.parse(value).score)
        else scores.set(position, { judge, scores: [judgement.parse(value).score] })
      }
      return units.of({ runId }, ['answers', model, purpose], from, to).map(({ position, value }) => ({
        ...{ ...answer.parse(value), position },
        scores: scores.get(position)?.scores ?? [],
      }))
    },
    /** Number of answers by purpose and model, in the order of creation. */
    counts: (runId: string): { purpose: string; model: string; count: number }[] =>
      units.partsWithin({ runId }, ['answers']).map(({ part: [, model, purpose], count }) => ({ model, purpose, count })),
  }
}
