import { inTurns } from '../common/steps.ts'
import { isJudged, iterationStages } from '../shared/method-stages.ts'
import type { ModelRow } from '../store/tables/models-table.ts'
import { stopsAfter } from './guards.ts'
import { backgroundOf, reporting, warnOfFailureSigns } from './iteration-report.ts'
import { judges } from './judges/judges.ts'
import { fixedPairs, repeatedIterations, repeatedPairs } from './preferences/training-pairs.ts'
import { rewardEdges, rewardSummary } from './reward-summary.ts'
import { modelNamed, type RunContext, type Stage } from './run-context.ts'
import { runStage, type StageSummary } from './run-stage.ts'
import { sampleCandidates } from './stages/candidates.ts'
import { judgeCandidates } from './stages/judge-candidates.ts'
import { judgeTrainingPairs, makeJudgePairs } from './stages/judge-pairs.ts'
import { pairMaking } from './stages/make-pairs.ts'
import { writePrompts } from './stages/new-prompts.ts'
import { ownResponses } from './stages/own-responses.ts'
import { judgeAgain } from './stages/second-judgements.ts'
import { pairWithSeedAnswers, takeSeedPrompts } from './stages/seed-answers.ts'
import { beginTraining, cutResponses, preferenceRows, trainingSummary, trainModel } from './stages/train-model.ts'
import { review } from './stages/wait-for-review.ts'

/** 'guarded': it stopped on a warning, as the recipe says. */
type IterationEnd = 'trained' | 'waiting-for-review' | 'guarded'

/** Trains M_{t+1} on what M_t generates, by the recipe's method. `iterationStages` lists the stages of each. */
export function iterate(context: RunContext, iteration: number): Promise<IterationEnd> {
  const { method } = context.recipe
  return method === 'self-sft' ? learnFromOwn(context, iteration) : learnFromPairs(context, iteration, method)
}

/**
 * The model generates preference pairs, and DPO on these trains the next one, with the model itself as the reference. Self-rewarding: it
 * writes prompts, answers them, and judges its answers. SPIN: the seed data's responses are preferred to its own, and again to those of the
 * iterations before.
 */
async function learnFromPairs(context: RunContext, iteration: number, method: 'self-rewarding' | 'spin'): Promise<IterationEnd> {
  const model = modelNamed(context, `M${iteration}`)
  if (method === 'spin') await runStage(context, iteration, 'prompts', async (stage) => takeSeedPrompts(stage))
  else await runStage(context, iteration, 'prompts', (stage) => writePrompts(stage, model))
  await runStage(context, iteration, 'candidates', (stage) => sampleCandidates(stage, model))
  if (method === 'self-rewarding') {
    await runStage(context, iteration, 'judgements', async (stage) => {
      const summary = await judgeCandidates(stage, model)
      await judgeAgain(stage, model)
      return summary
    })
  }
  await runStage(context, iteration, 'pairs', async (stage) => {
    if (method === 'spin') pairWithSeedAnswers(stage)
    else await inTurns(pairMaking(stage), stage.signal)
    return report(stage, model)
  })
  if (stopsAfter(context, { iteration, stage: 'pairs' })) return 'guarded'
  if (iterationStages(context.recipe).includes('judge-pairs'))
    await runStage(context, iteration, 'judge-pairs', (stage) => makeJudgePairs(stage, model))
  const isReviewed = await runStage(context, iteration, 'review', review)
  if (!isReviewed) return 'waiting-for-review'
  if (stopsAfter(context, { iteration, stage: 'review' })) return 'guarded'
  const name = `M${iteration + 1}`
  await runStage(context, iteration, 'train', async (stage) => {
    const plan = { name, task: 'dpo', from: model, settings: context.recipe.dpo } as const
    const [ofJudge, repeated] = [judgeTrainingPairs(stage), repeatedPairs(stage)]
    const pairs = fixedPairs(stage, name, (rows) => beginTraining(stage, plan, rows), ofJudge.length + repeated.length)
    const own = `${pairs.length} pairs${ofJudge.length === 0 ? '' : ` and ${ofJudge.length} judge pairs`} of ${model.name}`
    const data = repeated.length === 0 ? own : `${own}, and ${repeated.length} of earlier iterations`
    const isCut = cutResponses(stage, iteration, ...repeatedIterations(stage))
    await trainModel(stage, { ...plan, rows: preferenceRows([...pairs, ...ofJudge, ...repeated], isCut), data })
    return {
      ...trainingSummary(stage, name),
      ...(ofJudge.length > 0 && { judge_pairs: ofJudge.length }),
      ...(repeated.length > 0 && { repeated_pairs: repeated.length }),
    }
  })
  return 'trained'
}

/** Simple Self-Distillation (arXiv 2604.01193): the model answers new prompts, and the next one is fine-tuned on these answers. */
async function learnFromOwn(context: RunContext, iteration: number): Promise<IterationEnd> {
  const { sft, self_sft } = context.recipe
  const [model, name] = [modelNamed(context, `M${iteration}`), `M${iteration + 1}`]
  await runStage(context, iteration, 'prompts', (stage) => writePrompts(stage, model))
  await runStage(context, iteration, 'candidates', async (stage) => {
    await sampleCandidates(stage, model)
    return report(stage, model)
  })
  if (stopsAfter(context, { iteration, stage: 'candidates' })) return 'guarded'
  await runStage(context, iteration, 'train', async (stage) => {
    const rows = ownResponses(stage)
    const settings = self_sft.training ?? sft! // one of the two is set: `consistencyProblems`
    await trainModel(stage, { name, task: 'sft', from: model, rows, settings, data: `${rows.length} responses of ${model.name}` })
    return trainingSummary(stage, name)
  })
  return 'trained'
}

/** Reports the iteration's data, warns of known failure signs, and returns the report as the stage's summary. */
export async function report(stage: Stage, { name }: ModelRow): Promise<StageSummary> {
  const { iteration } = stage
  const figures = await inTurns(reporting(stage, iteration, name), stage.signal)
  stage.tell({ kind: 'report', iteration, stage: stage.stage, report: figures })
  warnOfFailureSigns(stage, figures, iteration === 1 ? {} : await backgroundOf(stage, name))
  return { ...figures, ...(await rewardsOf(stage)) }
}

/** The rewards as charts show them, if the judge has a range: then their bins are those of every iteration. */
async function rewardsOf(stage: Stage): Promise<StageSummary> {
  const { recipe, iteration } = stage
  const range = isJudged(recipe) ? judges[recipe.judge.method].range(recipe.judge) : null
  if (range === null || stage.stage !== 'pairs') return {}
  return { rewards: await inTurns(rewardSummary(stage, iteration, rewardEdges(recipe.judge, range)), stage.signal) }
}
