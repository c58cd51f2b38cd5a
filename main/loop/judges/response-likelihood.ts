import type { LeftOutRow, PromptInput } from '../../shared/engine-protocol.ts'
import type { EngineWork } from '../run-context.ts'

/** How likely a model finds a response. */
interface ResponseLikelihood {
  readonly logprob: number
  readonly tokens: number
}

/** The log-probability of each response after its input, without the end token. Undefined: it was left out. */
export async function responseLikelihoods(
  { engine, recipe, signal }: EngineWork,
  model: string,
  rows: readonly { readonly input: PromptInput; readonly continuation: string }[],
  onLeftOut: (row: LeftOutRow) => void,
): Promise<(ResponseLikelihood | undefined)[]> {
  const found = rows.map((): ResponseLikelihood | undefined => undefined)
  for await (const item of engine.score({ model, rows: [...rows], top: 0, batch: recipe.batch }, { signal, onLeftOut })) {
    const own = item.tokenLogprobs.slice(item.continuationStart - 1) // entry i is about token i + 1
    found[item.row] = { logprob: own.reduce((sum, logprob) => sum + logprob, 0), tokens: own.length }
  }
  return found
}

/** A difference of log-probabilities of a response, as it is or per token. Null for an empty response, about which there is nothing to say. */
export function differenceOf(difference: number, tokens: number, perToken: boolean): number | null {
  if (tokens === 0 || !Number.isFinite(difference)) return null
  return perToken ? difference / tokens : difference
}
