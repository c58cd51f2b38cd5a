import { z } from 'zod'
import type { ScoreParams } from '../../shared/engine-protocol.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import { excerpt } from '../stage-report.ts'
import { scoreMissing } from '../stage-work.ts'
import { type EvaluationWork, type NamedModel, type UnitStore, unitStore } from './units.ts'

/** A text to measure, with the prompt if it is a response. */
export interface LikelihoodInput {
  readonly prompt: string | null
  readonly text: string
}

type Row = LikelihoodInput & { readonly position: number }

const scoreValue = z.object({ logprob: z.number(), tokens: z.int() })
type Score = z.output<typeof scoreValue>

const batch = 16

/**
 * How likely a model finds texts that it wasn't trained on: the mean log-probability per token, and the perplexity, exp(-mean). For a
 * response, only its own tokens count, not the prompt's.
 */
export async function measureLikelihood(work: EvaluationWork, model: NamedModel, inputs: readonly LikelihoodInput[]): Promise<Figures> {
  const rows = inputs.map((input, position) => ({ ...input, position }))
  const scores: UnitStore<Row, Score, Score> = unitStore(work.owner, {
    part: ['scores', model.name],
    schema: scoreValue,
    toStored: (score) => score,
    what: `likelihood under ${model.name}`,
    noun: 'texts',
    nameOf: ({ position, text }) => `text ${position + 1} (${excerpt(text)})`,
  })
  await scoreMissing({ ...work, recipe: { ...work.recipe, batch } }, scores.units(rows, 1), {
    model: model.path,
    input: rowOf,
    read: ({ tokenLogprobs, continuationStart }, { prompt }) => {
      // Entry i is the log-probability of token i + 1; a text's first token has none.
      const own = tokenLogprobs.slice(prompt === null ? 0 : continuationStart - 1)
      return { logprob: own.reduce((sum, value) => sum + value, 0), tokens: own.length }
    },
  })
  return figuresOf(scores.stored())
}

const rowOf = ({ prompt, text }: LikelihoodInput): ScoreParams['rows'][number] =>
  prompt === null ? { input: { text } } : { input: { prompt }, continuation: text }

function figuresOf(scores: readonly Score[]): Figures {
  const tokens = scores.reduce((sum, score) => sum + score.tokens, 0)
  const logprob = scores.reduce((sum, score) => sum + score.logprob, 0)
  const mean = tokens === 0 ? null : logprob / tokens
  return { rows: scores.length, tokens, mean_logprob: mean, perplexity: mean === null ? null : Math.exp(-mean) }
}
