import { LaurelError } from '../../common/errors.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { PromptInput } from '../../engine/protocol.ts'
import type { VerifiedModel } from '../contract/models.ts'

/** What models are asked to find likely, to see whether they are sound or the same. */
const sentence: PromptInput = { prompt: 'Tell me in one sentence why the sky is blue.' }

/** log p of each token of a fixed prompt but the first. */
export async function fixedLogprobs(engine: Engine, model: string): Promise<number[]> {
  for await (const { tokenLogprobs } of engine.score({ model, rows: [{ input: sentence }], top: 0, batch: 1 })) return tokenLogprobs
  throw new LaurelError('INTERNAL', 'The engine gave no log-probabilities.', 'This is a defect of Laurel: please report it.')
}

/** Open a model wholly: headers checked, weights read, a sentence scored. Throws NUMERIC where what comes out is no number. */
export async function verifyModel(engine: Engine, path: string): Promise<VerifiedModel> {
  await engine.describe(path)
  const { parameters, layers, vocabulary, loadSeconds } = await engine.load(path)
  const logprobs = await fixedLogprobs(engine, path)
  const meanLogprob = logprobs.reduce((sum, value) => sum + value, 0) / logprobs.length
  if (!Number.isFinite(meanLogprob)) {
    throw new LaurelError(
      'NUMERIC',
      `${path}: its weights give numbers that are not finite.`,
      'Its files are damaged: copy or download them again.',
    )
  }
  return { parameters, layers, vocabulary, loadSeconds, meanLogprob, chanceLogprob: -Math.log(vocabulary) }
}
