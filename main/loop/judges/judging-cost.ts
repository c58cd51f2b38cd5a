import type { Engine } from '../../engine/hosts/engine.ts'
import { countGenerated, countScored, type TokenCount } from '../../engine/hosts/reporting-engine.ts'

/** What judging took, as far as it wasn't done before. */
export interface JudgingCost {
  /** Judged responses. */
  readonly answers: number
  readonly seconds: number
  /** Tokens of the requests, with shared prefixes counted every time, and generated tokens. */
  readonly readTokens: number
  readonly newTokens: number
}

/** An engine that counts the tokens of its requests. */
export function countingEngine(engine: Engine): { engine: Engine; used: Readonly<TokenCount> } {
  const used: TokenCount = { promptTokens: 0, newTokens: 0 }
  return {
    used,
    engine: {
      ...engine,
      async *generate(params, options) {
        for await (const item of engine.generate(params, options)) {
          countGenerated(used, item)
          yield item
        }
      },
      async *score(params, options) {
        for await (const item of engine.score(params, options)) {
          countScored(used, item)
          yield item
        }
      },
    },
  }
}

/** The cost per judged response, as figures of an evaluation; null: nothing was judged. */
export const costFigures = ({ answers, seconds, readTokens, newTokens }: JudgingCost) => ({
  seconds_per_answer: answers === 0 ? null : seconds / answers,
  tokens_per_answer: answers === 0 ? null : (readTokens + newTokens) / answers,
})
