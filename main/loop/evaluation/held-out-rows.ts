import { mean } from '../../common/numbers.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { DpoRow, SftRow } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import type { TrainConfig } from '../../shared/train-config.ts'
import type { RowTokens } from '../../shared/training-rows.ts'

/** How well models fit training rows that they weren't trained on. */

/** What measuring needs. */
export interface RowsMeasured {
  readonly engine: Engine
  readonly signal?: AbortSignal
  readonly config: Pick<TrainConfig, 'max_length' | 'prompt_weight' | 'beta'>
}

/** Measures a model, named by its path. */
type Measure<Figures> = (model: string) => Promise<Figures>

/** Sequences scored together. */
const batch = 16

/**
 * The loss of supervised rows, as the training counts it: the mean negative log-likelihood over all tokens with a loss weight. `origin`: a model
 * whose tokenizer they are read with. Throws BAD_INPUT if nothing of the rows can be measured.
 */
export async function heldOutLoss(work: RowsMeasured, origin: string, rows: readonly SftRow[]): Promise<Measure<number>> {
  const read = await tokensOf(work, origin, rows)
  return async (model) => {
    const scored = (await weighedLogprobs(work, model, read)).flatMap((row) => row ?? [])
    const sum = (of: 'logprob' | 'weight'): number => scored.reduce((total, row) => total + row[of], 0)
    return -sum('logprob') / measurable(sum('weight'))
  }
}

/** How pairs are ordered by the reward that DPO implies (TRL's `rewards/accuracies` and `rewards/margins`). */
export interface RewardOrder {
  readonly accuracy: number
  readonly margin: number
}

/**
 * The order of preference pairs by beta (log p(response) - log p(response) under the reference): the share in which the chosen response's reward
 * is the larger one, and by how much it is on average. Throws BAD_INPUT if no pair can be measured.
 */
export async function heldOutRewards(work: RowsMeasured, reference: string, rows: readonly DpoRow[]): Promise<Measure<RewardOrder>> {
  const sides = rows.flatMap(({ prompt, chosen, rejected }): SftRow[] => [
    { prompt, completion: chosen, promptWeight: 0 },
    { prompt, completion: rejected, promptWeight: 0 },
  ])
  const read = await tokensOf(work, reference, sides)
  const logprobsOf = async (model: string): Promise<(number | undefined)[]> =>
    (await weighedLogprobs(work, model, read)).map((row) => row?.logprob)
  const before = await logprobsOf(reference)
  return async (model) => {
    const now = await logprobsOf(model)
    const reward = (side: number): number => work.config.beta * ((now[side] ?? Number.NaN) - (before[side] ?? Number.NaN))
    const margins = rows.map((_, i) => reward(2 * i) - reward(2 * i + 1)).filter((margin) => !Number.isNaN(margin))
    return { accuracy: margins.filter((margin) => margin > 0).length / measurable(margins.length), margin: mean(margins) }
  }
}

const tokensOf = (
  { engine, config: { max_length: maxLength, prompt_weight: promptWeight } }: RowsMeasured,
  model: string,
  rows: readonly SftRow[],
): Promise<RowTokens[]> => engine.rowTokens({ model, rows: [...rows], maxLength, promptWeight })

/** The weighted sum of each row's log-probabilities, and of the weights. Undefined: the row doesn't fit `max_length` or the context. */
async function weighedLogprobs(
  { engine, signal }: RowsMeasured,
  model: string,
  rows: readonly RowTokens[],
): Promise<({ readonly logprob: number; readonly weight: number } | undefined)[]> {
  const found = rows.map((): { logprob: number; weight: number } | undefined => undefined)
  const places = [...rows.keys()].filter((place) => rows[place].problem === null)
  const inputs = places.map((place) => ({ input: { inputIds: rows[place].tokens.map(({ id }) => id) } }))
  if (inputs.length === 0) return found
  for await (const { row, tokenLogprobs } of engine.score({ model, rows: inputs, top: 0, batch }, { signal, onLeftOut: () => {} })) {
    const place = places[row]
    const predicted = rows[place].tokens.slice(1) // entry i of the log-probabilities is about token i + 1
    const weight = predicted.reduce((sum, token) => sum + token.weight, 0)
    const logprob = predicted.reduce((sum, token, i) => (token.weight === 0 ? sum : sum + token.weight * tokenLogprobs[i]), 0)
    found[place] = { logprob, weight }
  }
  return found
}

function measurable(amount: number): number {
  if (amount > 0) return amount
  throw badInput('No validation row can be measured.', 'Add rows whose prompt and responses fit max_length.')
}
