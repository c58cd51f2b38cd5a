import { mean } from '../../common/mean.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { VerifiedModel } from '../../shared/contract/models-contract.ts'
import type { PromptInput } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'

/** Fixed text for checking that models work, or compute the same. */
const sentence: PromptInput = { prompt: 'Tell me in one sentence why the sky is blue.' }

/** Log-probability of each token of a fixed prompt, except the first. */
export async function fixedLogprobs(engine: Engine, model: string): Promise<number[]> {
  for await (const { tokenLogprobs } of engine.score({ model, rows: [{ input: sentence }], top: 0, batch: 1 })) return tokenLogprobs
  throw new LaurelError('INTERNAL', 'The engine returned no log-probabilities.', 'This is a bug in Laurel. Please report it.')
}

/** Loads a model completely: checks headers, reads weights, scores a sentence. Throws NUMERIC if a score isn't finite. */
export async function verifyModel(engine: Engine, path: string): Promise<VerifiedModel> {
  await engine.describe(path)
  const { parameters, layers, vocabulary, loadSeconds } = await engine.load(path)
  const logprobs = await fixedLogprobs(engine, path)
  const meanLogprob = mean(logprobs)
  if (!Number.isFinite(meanLogprob)) {
    throw new LaurelError(
      'NUMERIC',
      `${path}: the weights produce non-finite numbers.`,
      'The files are damaged. Copy or download them again.',
    )
  }
  return { parameters, layers, vocabulary, loadSeconds, meanLogprob, chanceLogprob: -Math.log(vocabulary) }
}
