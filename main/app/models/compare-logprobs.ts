import { mean } from '../../common/numbers.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { ExportCheck } from '../../shared/contract/models-contract.ts'
import type { PromptInput } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { ExportPrecision } from '../../shared/export-forms.ts'
import type { Precision } from '../../shared/train-config.ts'

/** Fixed texts, each shorter than the smallest context: a prompt, prose, and code. */
const texts: readonly PromptInput[] = [
  { prompt: 'Tell me in one sentence why the sky is blue.' },
  { text: 'The quick brown fox jumps over the lazy dog, and 12 others follow; all of them are late.' },
  { text: 'def square(x):\n    return x * x\n\nprint(square(7))' },
]

/** A text's tokens, and the log-probability of each but the first. */
export interface ProbedText {
  readonly ids: readonly number[]
  readonly logprobs: readonly number[]
}

export async function probedTexts(engine: Engine, model: string): Promise<ProbedText[]> {
  const probed: ProbedText[] = []
  for await (const { row, inputIds, tokenLogprobs } of engine.score({ model, rows: texts.map((input) => ({ input })), top: 0, batch: 1 })) {
    probed[row] = { ids: inputIds, logprobs: tokenLogprobs }
  }
  return probed
}

/**
 * Mean absolute differences of log-probabilities, in nats per token, beyond which a copy is wrong: several times what rounding was measured to
 * give with the demo model on texts that it doesn't know (F16 0.002, BF16 0.02, Q8_0 0.05). A wrong order of rows, template, or tokenizer gives
 * more than 1. A copy in float32 differs by the order of sums alone (adapters), or not at all.
 */
const tolerances: Readonly<Record<ExportPrecision | 'adapter', number>> = {
  ...{ 'as-is': 1e-6, F32: 1e-6, adapter: 1e-2, F16: 0.02, BF16: 0.1, Q8_0: 0.2 },
}

/** Products in bfloat16 round a float16 copy's weights once more, so some end up beside the original's (measured: 0.05 with the demo model, 0.04 with SmolLM2). */
const roundedTwice = 0.2

/** What two models are compared by. */
interface Comparison {
  readonly before: readonly ProbedText[]
  readonly after: readonly ProbedText[]
  readonly precision: keyof typeof tolerances
  /** Precision of the engine's products. */
  readonly products: Precision
  /** The copy's path. */
  readonly copy: string
}

/** How much a copy differs from its original. Throws NUMERIC if that is more than its precision explains. */
export function compareLogprobs({ before, after, precision, products, copy }: Comparison): ExportCheck {
  const differs = before.some(({ ids }, i) => ids.join() !== after[i].ids.join())
  if (differs) {
    throw new LaurelError('NUMERIC', `${copy} splits text into other tokens than the original.`, isKept)
  }
  const pairs = before.flatMap(({ logprobs }, i) => logprobs.map((value, j) => Math.abs(value - after[i].logprobs[j])))
  const meanDifference = mean(pairs)
  const largestDifference = pairs.reduce((largest, difference) => Math.max(largest, difference), 0)
  const tolerance = precision === 'F16' && products === 'bfloat16' ? roundedTwice : tolerances[precision]
  if (!(meanDifference <= tolerance)) {
    throw new LaurelError(
      'NUMERIC',
      `${copy} isn't the same model: log-probabilities of ${pairs.length} tokens differ by ${meanDifference.toPrecision(2)} on average (at most ${tolerance} is expected).`,
      isKept,
    )
  }
  return { tokens: pairs.length, largestDifference, meanDifference, tolerance }
}

const isKept = "The files are still there, but don't use them. Export again in another precision, or report this."
