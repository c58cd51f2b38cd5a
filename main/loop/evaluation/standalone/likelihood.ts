import { z } from 'zod'
import type { LeftOutRow, ScoreParams } from '../../../shared/engine-protocol.ts'
import type { Figures } from '../../../shared/evaluation-rows.ts'
import type { LikelihoodSettings } from '../../../shared/evaluation-settings.ts'
import { chunksOf } from '../../chunks.ts'
import { unanswered } from '../../generate-texts.ts'
import { type LikelihoodInput, textsOf } from './sources.ts'
import { doneUnits, inputsOf, keepUnit, leaveUnitOut, leftOutFigure, missingAt, type StandaloneContext, scoreValue } from './suite-units.ts'

const likelihoodInput = z.object({ prompt: z.string().nullable(), text: z.string() })
const part = 'scores'

/**
 * How likely a model finds texts that it wasn't trained on: the mean log-probability per token, and the perplexity, exp(-mean). For a
 * response, only its own tokens count, not the prompt's.
 */
export async function measureLikelihood(context: StandaloneContext, { model, source, count }: LikelihoodSettings): Promise<Figures> {
  const { store, suiteId, engine, recipe, signal } = context
  const inputs = await inputsOf(context, likelihoodInput, () => textsOf(source.path, count))
  store.suites.setTotal(suiteId, inputs.length)
  const missing = missingAt(doneUnits(context, part, scoreValue), 1)
  const rows = inputs.map((input, position) => ({ ...input, position }))
  for (const chunk of chunksOf(rows, recipe.chunk)) {
    if (chunk.every(({ position }) => missing(position).size === 0)) continue
    let unscored = chunk.length
    const onLeftOut = ({ row, leftOut }: LeftOutRow): void => {
      unscored--
      leaveUnitOut(context, part, chunk[row].position, leftOut)
    }
    for await (const item of engine.score({ model: model.path, rows: chunk.map(rowOf), top: 0, batch: 16 }, { signal, onLeftOut })) {
      const { position, prompt } = chunk[item.row]
      // Entry i is the log-probability of token i + 1; a text's first token has none.
      const own = item.tokenLogprobs.slice(prompt === null ? 0 : item.continuationStart - 1)
      keepUnit(context, part, position, 0, { logprob: own.reduce((sum, value) => sum + value, 0), tokens: own.length })
      unscored--
    }
    if (unscored > 0) throw unanswered(unscored)
  }
  return { ...figuresOf(doneUnits(context, part, scoreValue)), ...leftOutFigure(context, [part], rows.length) }
}

const rowOf = ({ prompt, text }: LikelihoodInput): ScoreParams['rows'][number] =>
  prompt === null ? { input: { text } } : { input: { prompt }, continuation: text }

function figuresOf(scores: readonly z.infer<typeof scoreValue>[]): Figures {
  const tokens = scores.reduce((sum, score) => sum + score.tokens, 0)
  const logprob = scores.reduce((sum, score) => sum + score.logprob, 0)
  const mean = tokens === 0 ? null : logprob / tokens
  return { rows: scores.length, tokens, mean_logprob: mean, perplexity: mean === null ? null : Math.exp(-mean) }
}
