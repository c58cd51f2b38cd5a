import { type AnswerPair, balanceLengths } from '../../data/answer-pairs.ts'
import { madePairs } from '../../data/made-pairs.ts'
import type { RewardRow } from '../../shared/engine-protocol.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { judgePrompts } from '../judges/judge-work.ts'
import { asYesJudge, yesPrompt } from '../judges/yes-judge.ts'
import type { RunContext, Stage } from '../run-context.ts'
import type { StageSummary } from '../run-stage.ts'
import { seedAt } from '../stage-work.ts'
import { byPrompt } from './build-eft.ts'
import { trainingSummary, trainModel } from './train-model.ts'

/** Trains M1 as a judge, from the SFT baseline or from M0: the better answer of a pair gets the higher log-odds of yes. */
export async function trainOnPairs(stage: Stage, from: ModelRow): Promise<StageSummary> {
  const { ranked, made } = rewardPairs(stage)
  const rows = rewardRows(stage.recipe.judge, [...ranked, ...made])
  const data = `${ranked.length} human-ranked and ${made.length} made pairs`
  await trainModel(stage, { name: 'M1', task: 'reward', from, rows, settings: stage.recipe.reward, data })
  return { ...trainingSummary(stage, 'M1'), rankedPairs: ranked.length, madePairs: made.length }
}

/** What the pairs are made of. */
type SeedData = Pick<RunContext, 'store' | 'runId' | 'recipe'>

/** The pairs of the recipe's forms, each form's an equal part of the limit, and balanced by length. A function of the stored seed data. */
export function rewardPairs(context: SeedData): { readonly ranked: AnswerPair[]; readonly made: AnswerPair[] } {
  const { eft_form, reward_pairs, made_flaws } = context.recipe.seed_data
  const { random } = context.recipe
  const [isRanked, isMade] = [eft_form.includes('ranked'), eft_form.includes('made')]
  const limit = Math.floor(reward_pairs / (isRanked && isMade ? 2 : 1))
  const balanced = (form: string, pairs: readonly AnswerPair[]): AnswerPair[] =>
    balanceLengths(pairs, { limit, seed: seedAt(context, 'reward-pairs', form), random })
  return {
    ranked: isRanked ? balanced('ranked', rankedPairs(context)) : [],
    made: isMade ? balanced('made', madePairs(goodAnswers(context), made_flaws, { seed: seedAt(context, 'made-pairs'), random })) : [],
  }
}

/** Every two answers to a prompt that people ranked differently. */
const rankedPairs = ({ store, runId }: SeedData): AnswerPair[] =>
  byPrompt(store.examples.ofKind(runId, 'ranked')).flatMap((answers) =>
    answers.flatMap((better) =>
      answers.flatMap((worse): AnswerPair[] =>
        (better.humanRank ?? 0) < (worse.humanRank ?? 0)
          ? [{ prompt: better.instruction, better: better.response ?? '', worse: worse.response ?? '' }]
          : [],
      ),
    ),
  )

/** Answers to spoil: those of the instruction examples, or else the best of the ranked ones. */
function goodAnswers({ store, runId }: SeedData): { prompt: string; response: string }[] {
  const single = store.examples.ofKind(runId, 'ift').filter(({ conversation }) => conversation === null)
  const ranked = byPrompt(store.examples.ofKind(runId, 'ranked'))
  const best = ranked.map((answers) => answers.reduce((top, next) => ((next.humanRank ?? 0) < (top.humanRank ?? 0) ? next : top)))
  return (single.length > 0 ? single : best).map(({ instruction, response }) => ({ prompt: instruction, response: response ?? '' }))
}

/** Pairs in the words of the judge `yes`. */
function rewardRows(judge: JudgeRecipe, pairs: readonly AnswerPair[]): RewardRow[] {
  const ask = judgePrompts(asYesJudge(judge), yesPrompt)
  const { yes, no } = judge.answers
  return pairs.map(({ prompt, better, worse }) => ({
    better: ask({ instruction: prompt, response: better }),
    worse: ask({ instruction: prompt, response: worse }),
    ...{ yes, no },
  }))
}
