import type { JudgingChoice, NewEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'

/** A partly filled-in evaluation. Null fields aren't chosen yet. */
export interface Draft {
  readonly kind: NewEvaluation['kind']
  readonly model: string | null
  readonly against: string | null
  readonly judge: string | null
  readonly judging: JudgingChoice | null
  readonly source: { readonly from: 'run'; readonly runId: string } | { readonly from: 'file'; readonly path: string } | null
  readonly count: number
}

export const emptyDraft: Draft = {
  ...{ kind: 'head-to-head', model: null, against: null, judge: null, judging: null, source: null },
  count: 64,
}

const seed = 1

/** Converts a complete draft to an evaluation; null if a field is missing. */
export function evaluationOf({ kind, model, against, judge, judging, source, count }: Draft): NewEvaluation | null {
  if (model === null) return null
  if (kind === 'accuracy') return { kind, model, seed }
  if (source === null || (source.from === 'file' && source.path.trim() === '')) return null
  if (kind === 'likelihood') return source.from === 'file' ? { kind, model, file: source.path, count } : null
  if (judging === null) return null
  if (kind === 'judge') return { kind, model, judging, source, count, seed }
  if (against === null || judge === null || against === model) return null
  return { kind, model, against, judge, judging, source, count, seed }
}
