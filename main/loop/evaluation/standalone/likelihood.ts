import { z } from 'zod'
import type { ScoreParams } from '../../../shared/engine-protocol.ts'
import type { Figures } from '../../../shared/evaluation-rows.ts'
import type { LikelihoodSettings } from '../../../shared/evaluation-settings.ts'
import { scoreMissing } from '../../stage-work.ts'
import { type LikelihoodInput, textsOf } from './sources.ts'
import { inputsOf, leftOutFigure, type StandaloneContext, scoreValue, suiteStore } from './suite-units.ts'

const likelihoodInput = z.object({ prompt: z.string().nullable(), text: z.string() })
const part = 'scores'
const batch = 16

/**
 * How likely a model finds texts that it wasn't trained on: the mean log-probability per token, and the perplexity, exp(-mean). For a
 * response, only its own tokens count, not the prompt's.
 */
export async function measureLikelihood(context: StandaloneContext, { model, source, count }: LikelihoodSettings): Promise<Figures> {
  const { store, suiteId, recipe } = context
  const inputs = await inputsOf(context, likelihoodInput, () => textsOf(source.path, count))
  store.suites.setTotal(suiteId, inputs.length)
  const rows = inputs.map((input, position) => ({ ...input, position }))
  const scores = suiteStore<(typeof rows)[number], z.infer<typeof scoreValue>, typeof scoreValue>(context, part, scoreValue)
  await scoreMissing({ ...context, recipe: { ...recipe, batch } }, scores.units(rows, 1), {
    model: model.path,
    input: rowOf,
    read: ({ tokenLogprobs, continuationStart }, { prompt }) => {
      // Entry i is the log-probability of token i + 1; a text's first token has none.
      const own = tokenLogprobs.slice(prompt === null ? 0 : continuationStart - 1)
      return { logprob: own.reduce((sum, value) => sum + value, 0), tokens: own.length }
    },
  })
  return { ...figuresOf(scores.stored()), ...leftOutFigure(context, [part], rows.length) }
}

const rowOf = ({ prompt, text }: LikelihoodInput): ScoreParams['rows'][number] =>
  prompt === null ? { input: { text } } : { input: { prompt }, continuation: text }

function figuresOf(scores: readonly z.infer<typeof scoreValue>[]): Figures {
  const tokens = scores.reduce((sum, score) => sum + score.tokens, 0)
  const logprob = scores.reduce((sum, score) => sum + score.logprob, 0)
  const mean = tokens === 0 ? null : logprob / tokens
  return { rows: scores.length, tokens, mean_logprob: mean, perplexity: mean === null ? null : Math.exp(-mean) }
}
