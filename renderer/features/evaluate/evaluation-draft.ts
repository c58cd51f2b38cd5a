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
  /** MT-Bench: whether its 80 questions are asked, whether answers are compared with another model's, and a file of references ('': none). */
  readonly mtBench: { readonly isShipped: boolean; readonly isPairwise: boolean; readonly references: string }
  /** AlpacaEval: whether the baseline's answers are those of the file of instructions, or another model's. */
  readonly isBaselineInFile: boolean
  /** Agreement with users: all votes, or the blind ones. */
  readonly votes: 'blind' | 'all'
}

export const emptyDraft: Draft = {
  ...{ kind: 'head-to-head', model: null, against: null, judge: null, judging: null, source: null },
  count: 64,
  mtBench: { isShipped: true, isPairwise: false, references: '' },
  isBaselineInFile: true,
  votes: 'blind',
}

/** A change to another kind. A benchmark's file is measured whole, unless it is very long; the others default to a sample. */
export const withKind = (kind: Draft['kind']): Pick<Draft, 'kind' | 'count'> => ({
  kind,
  count: (isOnFile(kind) && kind !== 'likelihood') || kind === 'alpaca-eval' ? 10_000 : emptyDraft.count,
})

const seed = 1

const onFile = ['likelihood', 'multiple-choice', 'perplexity', 'ifeval'] as const

/** Whether an evaluation measures a model on a file, and needs nothing else. */
export const isOnFile = (kind: Draft['kind']): kind is (typeof onFile)[number] => (onFile as readonly string[]).includes(kind)

/** Converts a complete draft to an evaluation; null if a field is missing. */
export function evaluationOf(draft: Draft): NewEvaluation | null {
  const { kind, model, against, judge, judging, source, count } = draft
  if (model === null) return null
  if (kind === 'mt-bench') return mtBenchOf(draft, model)
  if (kind === 'accuracy') return { kind, model, seed }
  if (kind === 'user-agreement') return judging === null ? null : { kind, model, judging, votes: draft.votes, seed }
  if (source === null || (source.from === 'file' && source.path.trim() === '')) return null
  if (kind === 'alpaca-eval') return alpacaEvalOf(draft, model)
  if (isOnFile(kind)) return source.from === 'file' ? { kind, model, file: source.path, count } : null
  if (judging === null) return null
  if (kind === 'judge') return { kind, model, judging, source, count, seed }
  if (against === null || judge === null || against === model) return null
  return { kind, model, against, judge, judging, source, count, seed }
}

function alpacaEvalOf({ against, judge, source, count, isBaselineInFile }: Draft, model: string): NewEvaluation | null {
  if (judge === null || source?.from !== 'file' || (!isBaselineInFile && (against === null || against === model))) return null
  return { kind: 'alpaca-eval', model, against: isBaselineInFile ? null : against, judge, file: source.path.trim(), count, seed }
}

function mtBenchOf({ against, judge, source, mtBench: { isShipped, isPairwise, references } }: Draft, model: string): NewEvaluation | null {
  if (judge === null || (isPairwise && (against === null || against === model))) return null
  const path = source?.from === 'file' ? source.path.trim() : ''
  if (!isShipped && path === '') return null
  const questions = isShipped
    ? ({ from: 'shipped' } as const)
    : ({ from: 'file', path, references: references.trim() === '' ? null : references.trim() } as const)
  return { kind: 'mt-bench', model, against: isPairwise ? against : null, judge, source: questions, seed }
}
