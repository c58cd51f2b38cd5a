import type { ModelShape } from '../shared/engine-protocol.ts'
import { roleEngines } from '../shared/engine-settings.ts'
import type { Recipe } from '../shared/recipe.ts'
import { precisionOf } from '../shared/train-config.ts'
import type { ExpectedAnswers } from './judges/judge-work.ts'
import { judges } from './judges/judges.ts'
import { type Cost, generation, type Speed, type TextRole } from './work-time.ts'

/** How long it takes to judge, compare, and check answers. */

/** Responses use about this share of their maximum length. */
export const USED = 0.6
/** Tokens of a chat template, a judge prompt, and a comparison prompt. */
export const TEMPLATE = 32
export const RUBRIC = 400

/** A prompt's expected tokens, shared by its candidates. */
export const promptTokens = ({ prompts }: Recipe): number => TEMPLATE + Math.min(prompts.max_new_tokens, 128) * USED

/** Every response is read after the rubric and its prompt (a prefix shared with its siblings), and judged as often as the recipe says. */
export function judging(
  cost: Cost,
  role: TextRole,
  recipe: Recipe,
  { prompts, perPrompt, responseTokens }: Omit<AnswersToJudge, 'promptTokens'>,
): number {
  const { judge, candidates, batch } = recipe
  if (prompts === 0 || perPrompt === 0) return 0
  const readTokens = promptTokens(recipe) / candidates.count + responseTokens
  return asking(cost, role, { batch, judge }, { texts: prompts * perPrompt, perPrompt, readTokens, requirements: requirementsOf(recipe) })
}

/** Every request of a judge. */
function asking(
  cost: Cost,
  role: TextRole,
  { judge, batch }: Pick<Recipe, 'judge' | 'batch'>,
  answers: Omit<ExpectedAnswers, 'usedShare'>,
): number {
  const requests = judges[judge.method].requests(judge, { ...answers, usedShare: USED })
  return requests.reduce((seconds, request) => seconds + generation(cost, role, batch, request), 0)
}

/** Requirements that come with a prompt; prompts from a file are taken to have none. */
const requirementsOf = ({ prompts: { method, grammar } }: Recipe): number | null =>
  method === 'grammar' ? (grammar.min + grammar.max) / 2 : null

const everythingHere = roleEngines.parse({})

/** Answers of known size to judge. */
export interface AnswersToJudge {
  readonly prompts: number
  readonly perPrompt: number
  readonly promptTokens: number
  readonly responseTokens: number
}

/** How long a judge takes, without loading the model. */
export function judgeTime(
  shape: ModelShape,
  { judge, batch, precision }: Pick<Recipe, 'judge' | 'batch' | 'precision'>,
  { prompts, perPrompt, promptTokens: prompt, responseTokens }: AnswersToJudge,
  speed: Speed,
): number {
  const cost: Cost = {
    shape,
    speed: speed * 1e9,
    precision: precisionOf(precision, 'float32'),
    deviceMemory: null,
    engines: everythingHere,
  }
  const readTokens = prompt / Math.max(1, perPrompt) + responseTokens
  return asking(cost, 'judge', { judge, batch }, { texts: prompts * perPrompt, perPrompt, readTokens, requirements: null })
}

/** Answers of models, and a judge's comparisons of pairs of them, as `evaluation` samples and compares. */
export function comparing(cost: Cost, recipe: Recipe, { answers, comparisons }: { answers: number; comparisons: number }): number {
  const { evaluation: how, batch } = recipe
  const response = how.max_new_tokens * USED
  const answering = generation(cost, 'answers', batch, { texts: answers, promptTokens: promptTokens(recipe), newTokens: response })
  const looks = 2 * comparisons // in both orders, or the rewards of both answers
  const judged =
    how.method === 'reward'
      ? judging(cost, 'evaluate', recipe, { prompts: looks, perPrompt: 1, responseTokens: response })
      : generation(cost, 'evaluate', batch, {
          texts: looks,
          promptTokens: promptTokens(recipe) + 2 * response,
          newTokens: how.judge_max_new_tokens * USED,
        })
  return answering + judged
}

/** A model's answers to the held-out prompts that programs check. */
export function checking(cost: Cost, recipe: Recipe): number {
  const { checks, checks_held_out, checks_count, checks_samples, max_new_tokens } = recipe.evaluation
  const sets = [checks, checks_held_out].filter((file) => file !== null).length
  if (sets === 0) return 0
  const texts = sets * checks_count * (checks_samples + 1)
  return generation(cost, 'answers', recipe.batch, { texts, promptTokens: promptTokens(recipe), newTokens: max_new_tokens * USED })
}
