import type { ModelShape } from '../shared/engine-protocol.ts'
import { iterationStages } from '../shared/method-stages.ts'
import type { Recipe, TrainingRecipe } from '../shared/recipe.ts'
import type { StageName } from '../shared/run-events.ts'
import { precisionOf } from '../shared/train-config.ts'
import { asChecklistJudge } from './judges/checklist-judge.ts'
import { samplesOf } from './judges/judge-work.ts'
import { checking, comparing, judging, promptTokens, RUBRIC, TEMPLATE, USED } from './judging-time.ts'
import { repeatedIterations } from './preferences/training-pairs.ts'
import { isGraded, isRewarded } from './recipe/eft-forms.ts'
import { candidatesPerPrompt, ownPerPrompt } from './stages/candidates.ts'
import { type Cost, fineTuning, generation, modelLoad, preferenceTraining, type RowSize, type Speed, type TextRole } from './work-time.ts'

/** Size of the seed data before a run: number of rows, and tokens per row. */
export interface SeedSize {
  readonly ift: RowSize
  readonly eft: RowSize
  readonly rankedAnswers: RowSize
  readonly rankedPrompts: number
}

/** A stage and its duration. All iterations from the second on are alike, so one entry covers them, with the total of all. */
export interface StageTime {
  readonly iteration: number // the first one it covers
  readonly stage: StageName
  readonly seconds: number
}

/** Estimates the duration of each stage of a run. Response lengths aren't known in advance. `deviceMemory`: as in `Cost`. */
export function runTime(shape: ModelShape, recipe: Recipe, seeds: SeedSize, speed: Speed, deviceMemory: number | null = null): StageTime[] {
  const precision = precisionOf(recipe.precision, 'float32')
  const cost: Cost = { shape, speed: speed * 1e9, precision, deviceMemory, engines: recipe.engines }
  return [
    ...firstStages(cost, recipe, seeds),
    ...(recipe.iterations > 0 ? laterStages(cost, recipe, 1, seeds) : []),
    ...(recipe.iterations > 1
      ? laterStages(cost, recipe, 2, seeds).map((one) => ({ ...one, seconds: one.seconds * (recipe.iterations - 1) }))
      : []),
  ]
}

export const totalSeconds = (stages: readonly StageTime[]): number => stages.reduce((sum, { seconds }) => sum + seconds, 0)

function firstStages(cost: Cost, recipe: Recipe, seeds: SeedSize): StageTime[] {
  const { sft, seed_data } = recipe
  const judged = Math.min(seeds.rankedPrompts, seed_data.ranked_limit ?? Number.POSITIVE_INFINITY)
  const isJudged = sft !== null && judged > 0 && seed_data.eft_limit > 0 && seed_data.eft_form.includes('judgements')
  const hasGrades = isGraded(recipe)
  const buildsEft = isJudged || hasGrades
  const ift = { ...seeds.ift, rows: Math.min(seeds.ift.rows, seed_data.ift_limit) }
  const answersPerPrompt = seeds.rankedAnswers.rows / Math.max(1, seeds.rankedPrompts)
  const built = {
    rows: isJudged ? Math.min(seed_data.eft_limit, judged * answersPerPrompt) : 0,
    promptTokens: RUBRIC + 2 * seeds.rankedAnswers.responseTokens,
    responseTokens: recipe.judge.max_new_tokens * USED,
  }
  const eft = seeds.eft.rows > 0 ? { ...seeds.eft, rows: Math.min(seeds.eft.rows, seed_data.eft_limit) } : built
  const graded = hasGrades ? [gradedExamples(recipe, eft.rows), rehearsal(recipe)] : []
  const at = (stage: StageName, seconds: number): StageTime => ({ iteration: 0, stage, seconds })
  const [short, whole] = [[ift], buildsEft || seeds.eft.rows > 0 ? [ift, eft, ...graded] : [ift]].map((parts) =>
    sft === null ? 0 : fineTuning(cost, sft, parts),
  )
  const hasPairs = isRewarded(recipe)
  return [
    at('seed-data', modelLoad(cost) + checking(cost, recipe)),
    ...(isJudged || (hasGrades && seed_data.graded_writer === 'SFT') || hasPairs
      ? [at('baseline', (hasPairs ? whole : short) + modelLoad(cost))]
      : []),
    ...(buildsEft
      ? [
          at(
            'eft',
            (isJudged ? judging(cost, 'answers', recipe, rankedToJudge(seeds, judged)) : 0) +
              (hasGrades ? gradedResponses(cost, recipe) : 0),
          ),
        ]
      : []),
    at('train', sft === null ? 0 : (hasPairs ? pairTraining(cost, recipe, seeds) : whole) + modelLoad(cost)),
    at('evaluate', evaluation(cost, recipe, 1, seeds) + gradedJudging(cost, recipe)), // of M0 too
  ]
}

/** Requirements per graded prompt, and the tokens of the question about one. */
const REQUIREMENTS = 2
const QUESTION = 80

/** EFT examples of graded responses, up to what the limit leaves. About half of the verdicts balance. */
const gradedExamples = ({ seed_data, candidates }: Recipe, taken: number): RowSize => ({
  rows: Math.min(
    Math.max(0, seed_data.eft_limit - taken),
    (seed_data.graded_count * seed_data.graded_samples * (1 + seed_data.graded_edits) * REQUIREMENTS * (1 + seed_data.graded_swaps)) / 2,
  ),
  promptTokens: QUESTION + TEMPLATE + candidates.max_new_tokens * USED,
  responseTokens: 1,
})

/** Graded responses that are instruction examples too. */
const rehearsal = ({ seed_data, candidates }: Recipe): RowSize => ({
  rows: Math.min(seed_data.graded_rehearsal, seed_data.graded_count * seed_data.graded_samples),
  promptTokens: QUESTION + TEMPLATE,
  responseTokens: candidates.max_new_tokens * USED,
})

/** Sampling the responses that programs grade. */
const gradedResponses = (cost: Cost, recipe: Recipe): number =>
  generation(cost, 'answers', recipe.batch, {
    texts: (recipe.seed_data.graded_count + recipe.seed_data.graded_held_out) * recipe.seed_data.graded_samples,
    promptTokens: promptTokens(recipe) / recipe.seed_data.graded_samples,
    newTokens: recipe.candidates.max_new_tokens * USED,
  })

/** A model's judging of the graded responses held out. */
function gradedJudging(cost: Cost, recipe: Recipe): number {
  if (!isGraded(recipe)) return 0
  const { candidates, seed_data, judge } = recipe
  const asked = { ...recipe, judge: asChecklistJudge(judge) }
  const { graded_held_out: prompts, graded_samples: perPrompt } = seed_data
  return judging(cost, 'answers', asked, { prompts, perPrompt, responseTokens: candidates.max_new_tokens * USED })
}

/** A judge's training: each pair is two judge prompts. */
function pairTraining(cost: Cost, { reward, seed_data }: Recipe, { ift, rankedAnswers }: SeedSize): number {
  const answers = ift.rows > 0 ? ift : rankedAnswers
  const promptTokens = QUESTION + TEMPLATE + answers.promptTokens + answers.responseTokens
  return fineTuning(cost, reward, [{ rows: 2 * seed_data.reward_pairs, promptTokens, responseTokens: 1 }])
}

function laterStages(cost: Cost, recipe: Recipe, iteration: number, seeds: SeedSize): StageTime[] {
  const { method, prompts, candidates, dpo, sft, self_sft } = recipe
  const at = (stage: StageName, seconds: number): StageTime => ({ iteration, stage, seconds })
  const isSpin = method === 'spin'
  const { method: by, grammar } = prompts
  const writer = by !== 'grammar' ? by : grammar.tasks === 'model' ? grammar.writer : 'file'
  const shown = writer === 'self-instruct' ? (prompts.demonstrations.seed + prompts.demonstrations.generated) * 40 : 0
  const written =
    isSpin || writer === 'file'
      ? 0
      : generation(cost, 'prompts', recipe.batch, {
          texts: prompts.count * attempts[writer],
          promptTokens: TEMPLATE + shown,
          newTokens: prompts.max_new_tokens * USED,
        })
  const asked = isSpin ? Math.min(prompts.count, seeds.ift.rows) : prompts.count
  const [prompt, response] = [isSpin ? TEMPLATE + seeds.ift.promptTokens : promptTokens(recipe), candidates.max_new_tokens * USED]
  const own = ownPerPrompt(recipe)
  const count = asked * (isSpin ? own : candidatesPerPrompt(recipe))
  const learned = { rows: count, promptTokens: prompt, responseTokens: response }
  const pairs = isSpin ? asked * (1 + repeatedRounds(recipe, iteration)) : expectedPairs(recipe, asked)
  const [training, settings, rows] =
    method === 'self-sft'
      ? [fineTuning(cost, self_sft.training ?? sft ?? dpo, [learned]), self_sft.training ?? sft ?? dpo, count]
      : [preferenceTraining(cost, dpo, pairs, prompt, response), dpo, pairs + expectedJudgePairs(recipe)]
  const planned = iterationStages(recipe)
  return [
    at('prompts', written + modelLoad(cost)),
    at('candidates', generation(cost, 'answers', recipe.batch, { texts: count, promptTokens: prompt / own, newTokens: response })),
    at('judgements', judging(cost, 'judge', recipe, candidatesToJudge(recipe, response)) + judgedAgain(cost, recipe, response)),
    at('judge-pairs', metaJudging(cost, recipe, response)),
    at('train', training + judgeTraining(cost, recipe, response) + choosing(cost, recipe, settings, rows) + modelLoad(cost)),
    at('evaluate', evaluation(cost, recipe, iteration === 1 ? 1 : 2)),
  ].filter(({ stage }) => planned.includes(stage))
}

const candidatesToJudge = (recipe: Recipe, responseTokens: number) => ({
  ...{ prompts: recipe.prompts.count, perPrompt: candidatesPerPrompt(recipe), responseTokens },
})

const rankedToJudge = ({ rankedAnswers: { rows, responseTokens }, rankedPrompts }: SeedSize, prompts: number) => ({
  ...{ prompts, perPrompt: rows / Math.max(1, rankedPrompts), responseTokens },
})

/** A judge prompt and a judgement, for judge pairs. */
const judgementSize = (recipe: Recipe, response: number): { prompt: number; judgement: number } => ({
  prompt: RUBRIC + promptTokens(recipe) + response,
  judgement: recipe.judge.max_new_tokens * USED,
})

/** Further judgements, and the comparisons of every two in both orders. */
function metaJudging(cost: Cost, recipe: Recipe, response: number): number {
  const { meta, judge, batch } = recipe
  if (meta.count === 0) return 0
  const { prompt, judgement } = judgementSize(recipe, response)
  const further = Math.max(0, meta.judgements - samplesOf(judge))
  const written = generation(cost, 'judge', batch, {
    texts: meta.count * further,
    promptTokens: prompt / Math.max(1, further),
    newTokens: judgement,
  })
  const looks = meta.count * meta.judgements * (meta.judgements - 1)
  const compared = { texts: looks, promptTokens: prompt / (2 * meta.judgements) + 2 * judgement, newTokens: 1 }
  return written + generation(cost, 'judge', batch, compared)
}

/** What judge pairs add to a training. */
function judgeTraining(cost: Cost, recipe: Recipe, response: number): number {
  const pairs = expectedJudgePairs(recipe)
  if (pairs === 0) return 0
  const { prompt, judgement } = judgementSize(recipe, response)
  return preferenceTraining(cost, recipe.dpo, pairs, prompt, judgement)
}

const expectedJudgePairs = (recipe: Recipe): number => (iterationStages(recipe).includes('judge-pairs') ? recipe.meta.count * pairYield : 0)

/** The choice of a checkpoint, if no training stops early. Each checkpoint is saved, loaded to answer, and loaded again to continue. */
function choosing(cost: Cost, recipe: Recipe, settings: TrainingRecipe, rows: number): number {
  const { every, count } = recipe.checkpoint_choice
  if (every === 0) return 0
  const steps = Math.ceil((settings.epochs * rows) / (settings.batch_size * settings.gradient_accumulation))
  const checkpoints = Math.ceil(steps / every)
  const compared = checkpoints > 1 ? comparing(cost, recipe, { answers: checkpoints * count, comparisons: (checkpoints - 1) * count }) : 0
  return compared + checkpoints * 3 * modelLoad(cost)
}

/** The second judgements that the recipe's pairs need. An implicit reward is of the run's own models. */
function judgedAgain(cost: Cost, recipe: Recipe, response: number): number {
  const { judge, pairs } = recipe
  const again = (role: TextRole, by: Recipe): number => judging(cost, role, by, candidatesToJudge(recipe, response)) + modelLoad(cost)
  return (
    (pairs.consistency === 'none' ? 0 : again('judge', recipe)) +
    (pairs.agreement ? again('answers', { ...recipe, judge: { ...judge, method: 'implicit' } }) : 0)
  )
}

/** Texts generated per accepted prompt. */
const attempts = { 'self-instruct': 2, 'pre-query': 1.1, file: 0 } as const

const pairYield = 0.7 // about seven in ten pairs of rewards are no tie

/** How many earlier iterations' pairs are trained on again: in the first iteration none, in those from the second on so many on average. */
function repeatedRounds(recipe: Recipe, iteration: number): number {
  const last = iteration === 1 ? 1 : recipe.iterations
  const rounds = Array.from({ length: last - iteration + 1 }, (_, i) => repeatedIterations({ recipe, iteration: iteration + i }).length)
  return rounds.reduce((sum, count) => sum + count, 0) / rounds.length
}

/** Pairs of an iteration, of those that the rules leave. */
function expectedPairs({ candidates, pairs }: Recipe, prompts: number): number {
  const kept = ((pairYield * candidates.count * (candidates.count - 1)) / 2) * keptShare(pairs)
  const ofPrompt = Math.min(pairs.rule === 'all-above-margin' ? pairs.max_per_prompt : pairYield, kept)
  return Math.min(prompts * ofPrompt, pairs.max_per_iteration ?? Number.POSITIVE_INFINITY)
}

/** Shares of a prompt's pairs that rules keep: those of the recipe `checkable` in its runs with 135 million parameters (docs/showcase.md). */
const GAP_KEEPS = 0.4
const LENGTH_WINDOW_KEEPS = 0.5
const VARIETY_KEEPS = 0.9
const ENDINGS_KEEP = { any: 1, finished: 0.3, 'chosen-finished': 0.5, same: 0.5 } as const

const keptShare = ({ min_gap, endings, length_ratio, chosen_distinct }: Recipe['pairs']): number =>
  ENDINGS_KEEP[endings] *
  (min_gap > 0 ? GAP_KEEPS : 1) *
  (length_ratio === null ? 1 : LENGTH_WINDOW_KEEPS) *
  (chosen_distinct > 0 ? VARIETY_KEEPS : 1)

/** Both models' answers and their judgements, and the judgements of human-ranked answers. */
function evaluation(cost: Cost, recipe: Recipe, opponents: number, seeds?: SeedSize): number {
  const { count } = recipe.evaluation
  const compared = comparing(cost, recipe, { answers: count * (1 + opponents), comparisons: count * opponents })
  const graded = gradedJudging(cost, recipe) + checking(cost, recipe)
  if (seeds === undefined || seeds.rankedPrompts === 0) return compared + graded
  return compared + graded + judging(cost, 'answers', recipe, rankedToJudge(seeds, recipe.seed_data.ranked_held_out))
}
