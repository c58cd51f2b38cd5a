import { z } from 'zod'
import type { AnsweredPrompt } from '../../shared/contract/evaluations-contract.ts'
import type { Store } from '../../store/store.ts'
import type { UnitOwner } from '../../store/tables/evaluation-units-table.ts'

const answerValue = z.object({ instruction: z.string().optional(), text: z.string(), tokens: z.int().optional() })
const judgementValue = z.object({ text: z.string(), score: z.number().nullable() })
const verdictValue = z.object({ text: z.string(), verdict: z.enum(['A', 'B', 'tie']).nullable() })

/** The names that an evaluation by hand stores for its models, in the user's words. */
export function evaluationNames(store: Store, owner: UnitOwner): (name: string) => string {
  if ('runId' in owner) return (name) => name
  const { model, against, judge } = store.evaluations.find(owner.evaluationId)
  const names: Readonly<Record<string, string>> = { own: model, other: against, judge }
  return (name) => names[name] || name
}

/** A page of the prompts of an evaluation by hand, each with the models' answers and what the judge made of them. */
export function evaluationAnswers(store: Store, id: number, from: number, limit: number): { total: number; rows: AnsweredPrompt[] } {
  const owner = { evaluationId: store.evaluations.find(id).id }
  const named = evaluationNames(store, owner)
  const { evaluationUnits: units } = store
  const parts = units.partsWithin(owner, ['answers'])
  const to = from + limit
  const rows = new Map<number, AnsweredPrompt>()
  const at = (position: number, instruction = ''): AnsweredPrompt => {
    const row = rows.get(position) ?? { position, instruction: '', answers: [], verdicts: [] }
    if (row.instruction === '') row.instruction = instruction
    rows.set(position, row)
    return row
  }
  for (const { part } of parts) {
    const [, model, purpose] = part
    for (const { position, value } of units.of(owner, ['answers', model, purpose], from, to)) {
      const answer = answerValue.safeParse(value).data
      if (answer === undefined) continue
      at(position, answer.instruction).answers.push({ model: named(model), text: answer.text, tokens: answer.tokens ?? null, opinions: [] })
    }
    for (const { part: of, position, value } of units.within(owner, ['judgements', model, purpose], from, to)) {
      const judgement = judgementValue.safeParse(value).data
      const answer = rows.get(position)?.answers.find((one) => one.model === named(model))
      if (judgement !== undefined && answer !== undefined) answer.opinions.push({ judge: named(of[3]), ...judgement })
    }
  }
  for (const { part, position, sample, value } of units.within(owner, ['verdicts'], from, to)) {
    const [, model, against, judge] = part
    const verdict = verdictValue.safeParse(value).data
    if (verdict !== undefined)
      at(position).verdicts.push({ model: named(model), against: named(against), judge: named(judge), swapped: sample === 1, ...verdict })
  }
  return { total: Math.max(0, ...parts.map(({ count }) => count)), rows: [...rows.values()].sort((a, b) => a.position - b.position) }
}
