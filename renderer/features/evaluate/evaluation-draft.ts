import type { JudgingChoice, NewEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import { engineOfModel } from '../../../main/shared/engine-settings.ts'
import type { NewTokenLimits } from '../../../main/shared/evaluation-settings.ts'

/** A partly filled-in evaluation. Null fields aren't chosen yet. */
export interface Draft {
  readonly kind: NewEvaluation['kind']
  readonly model: string | null
  readonly against: string | null
  readonly judge: string | null
  /** The cluster that the judge runs on. */
  readonly cluster: string | null
  readonly judging: JudgingChoice | null
  readonly source: { readonly from: 'run'; readonly runId: string } | { readonly from: 'file'; readonly path: string } | null
  readonly count: number
  /** Those that aren't the kind's own. */
  readonly newTokens: NewTokenLimits
  /** MT-Bench: whether its 80 questions are asked, whether answers are compared with another model's, and a file of references ('': none). */
  readonly mtBench: { readonly isShipped: boolean; readonly isPairwise: boolean; readonly references: string }
  /** AlpacaEval: whether the baseline's answers are those of the file of instructions, or another model's. */
  readonly isBaselineInFile: boolean
  /** Agreement with users: all votes, or the blind ones. */
  readonly votes: 'blind' | 'all'
}

export const emptyDraft: Draft = {
  ...{ kind: 'head-to-head', model: null, against: null, judge: null, cluster: null, judging: null, source: null },
  count: 64,
  newTokens: {},
  mtBench: { isShipped: true, isPairwise: false, references: '' },
  isBaselineInFile: true,
  votes: 'blind',
}

/** A change to another kind, with its own limits. A benchmark's file is measured whole, unless it is very long; the others default to a sample. */
export const withKind = (kind: Draft['kind']): Pick<Draft, 'kind' | 'count' | 'newTokens'> => ({
  kind,
  newTokens: {},
  count: (isOnFile(kind) && kind !== 'likelihood') || kind === 'alpaca-eval' ? 10_000 : emptyDraft.count,
})

const seed = 1

const onFile = ['likelihood', 'multiple-choice', 'perplexity', 'ifeval'] as const

/** Whether an evaluation measures a model on a file, and needs nothing else. */
export const isOnFile = (kind: Draft['kind']): kind is (typeof onFile)[number] => (onFile as readonly string[]).includes(kind)

/** Whether the model of an evaluation is itself the judge. */
export const isOfJudge = (kind: Draft['kind']): boolean => kind === 'judge' || kind === 'user-agreement'

const judgeEngineOf = ({ cluster }: Draft): { judgeEngine?: string } => (cluster === null ? {} : { judgeEngine: cluster })

/** Converts a complete draft to an evaluation; null if a field is missing. */
export function evaluationOf(draft: Draft): NewEvaluation | null {
  const { kind, model, against, judge, judging, source, count, newTokens } = draft
  if (model === null || (engineOfModel(model) !== null && !isOfJudge(kind))) return null // a server only judges
  const judgeEngine = judgeEngineOf(draft)
  if (kind === 'mt-bench') return mtBenchOf(draft, model)
  if (kind === 'accuracy') return { kind, model, seed }
  if (kind === 'user-agreement') return judging === null ? null : { kind, model, ...judgeEngine, judging, votes: draft.votes, seed }
  if (source === null || (source.from === 'file' && source.path.trim() === '')) return null
  if (kind === 'alpaca-eval') return alpacaEvalOf(draft, model)
  if (kind === 'ifeval') return source.from === 'file' ? { kind, model, file: source.path, count, ...newTokens } : null
  if (isOnFile(kind)) return source.from === 'file' ? { kind, model, file: source.path, count } : null
  if (judging === null) return null
  if (kind === 'judge') return { kind, model, ...judgeEngine, judging, source, count, seed }
  if (against === null || judge === null || against === model) return null
  return { kind, model, against, judge, ...judgeEngine, judging, source, count, seed }
}

function alpacaEvalOf(draft: Draft, model: string): NewEvaluation | null {
  const { against, judge, source, count, isBaselineInFile } = draft
  if (judge === null || source?.from !== 'file' || (!isBaselineInFile && (against === null || against === model))) return null
  const rows = { file: source.path.trim(), count, seed, ...draft.newTokens }
  return { kind: 'alpaca-eval', model, against: isBaselineInFile ? null : against, judge, ...judgeEngineOf(draft), ...rows }
}

function mtBenchOf(draft: Draft, model: string): NewEvaluation | null {
  const { against, judge, source } = draft
  const { isShipped, isPairwise, references } = draft.mtBench
  if (judge === null || (isPairwise && (against === null || against === model))) return null
  const path = source?.from === 'file' ? source.path.trim() : ''
  if (!isShipped && path === '') return null
  const questions = isShipped
    ? ({ from: 'shipped' } as const)
    : ({ from: 'file', path, references: references.trim() === '' ? null : references.trim() } as const)
  return {
    kind: 'mt-bench',
    model,
    against: isPairwise ? against : null,
    judge,
    ...judgeEngineOf(draft),
    source: questions,
    seed,
    ...draft.newTokens,
  }
}
