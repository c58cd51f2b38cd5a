import type { DpoRow, SftRow, StepMetrics, TrainParams } from '../../protocol.ts'
import type { TrainConfig } from '../../train-config.ts'
import type { Decoder } from '../model/decoder.ts'
import type { Dropout } from '../model/dropout.ts'
import type { Gradients } from '../model/gradients.ts'
import type { ModelFiles } from '../model/model-files.ts'
import { microBatches, tokenBudget } from './batches.ts'
import { type DpoSums, dpoForwardBackward, pairTokens, type Reference, referenceLogprobs } from './dpo.ts'
import { type DpoExample, encodeDpo, encodeSft, type SftExample } from './rows.ts'
import { type SftSums, sftForwardBackward, sftTargetCount, sftWeight } from './sft.ts'

/** What differs between SFT and DPO, seen from the training loop. */
export interface Task {
  readonly examples: number
  readonly truncated: number
  /** Gradients of one batch (example indices) are added to `gradients`; returns the step's metrics and its token count. */
  step(indices: readonly number[], dropout: Dropout | null, gradients: Gradients): Promise<StepResult>
}

export interface StepResult {
  readonly metrics: StepMetrics
  readonly tokens: number
}

export function sftTask(files: ModelFiles, decoder: Decoder, params: TrainParams): Task {
  const { config } = params
  const { examples, truncated } = encodeSft(files, params.rows as SftRow[], config.max_length, config.prompt_weight)
  const budget = tokenBudget(decoder.config.hidden)
  const length = (example: SftExample) => example.prompt.length + example.completion.length
  return {
    examples: examples.length,
    truncated,
    async step(indices, dropout, gradients) {
      const batch = indices.map((i) => examples[i])
      const weight = sum(batch.map(sftWeight))
      const parts: SftSums[] = []
      for (const [i, part] of microBatches(batch, length, budget).entries()) {
        parts.push(await sftForwardBackward(decoder, part, weight, partDropout(dropout, i), gradients))
      }
      const targets = sum(batch.map(sftTargetCount))
      return {
        tokens: sum(batch.map(length)),
        metrics: {
          loss: sum(parts.map((p) => p.loss)) / weight,
          mean_token_accuracy: sum(parts.map((p) => p.correct)) / targets,
          entropy: sum(parts.map((p) => p.entropy)) / targets,
        },
      }
    },
  }
}

/** The pairs of a DPO training, encoded; their reference log-probabilities are computed once, before any update. */
export function dpoExamples(files: ModelFiles, params: TrainParams): { examples: readonly DpoExample[]; truncated: number } {
  return encodeDpo(files, params.rows as DpoRow[], params.config.max_length)
}

export async function computeReferences(
  decoder: Decoder,
  examples: readonly DpoExample[],
  onProgress: () => Promise<void>,
): Promise<Reference[]> {
  const references: Reference[] = []
  for (const part of microBatches(examples, pairTokens, tokenBudget(decoder.config.hidden))) {
    references.push(...(await referenceLogprobs(decoder, part)))
    await onProgress()
  }
  return references
}

export function dpoTask(
  decoder: Decoder,
  encoded: { readonly examples: readonly DpoExample[]; readonly truncated: number },
  references: readonly Reference[],
  config: TrainConfig,
): Task {
  const { examples, truncated } = encoded
  const budget = tokenBudget(decoder.config.hidden)
  return {
    examples: examples.length,
    truncated,
    async step(indices, dropout, gradients) {
      const chosenTokens = sum(indices.map((i) => examples[i].chosen.length))
      const size = { pairs: indices.length, chosenTokens }
      const parts: DpoSums[] = []
      for (const [i, part] of microBatches(indices, (index) => pairTokens(examples[index]), budget).entries()) {
        const pairs = part.map((index) => examples[index])
        const known = part.map((index) => references[index])
        parts.push(await dpoForwardBackward(decoder, pairs, known, size, config, partDropout(dropout, i), gradients))
      }
      return { metrics: dpoMetrics(parts, size, config), tokens: sum(indices.map((i) => countedTokens(examples[i]))) }
    },
  }
}

/** TRL's names and definitions; accuracy and entropy are over the chosen responses' tokens. */
function dpoMetrics(parts: readonly DpoSums[], size: { pairs: number; chosenTokens: number }, config: TrainConfig): StepMetrics {
  const total = (of: (sums: DpoSums) => number): number => sum(parts.map(of))
  const chosen = total((s) => s.chosenRewards) / size.pairs
  const rejected = total((s) => s.rejectedRewards) / size.pairs
  const nll = total((s) => s.nll) / size.chosenTokens
  return {
    loss: total((s) => s.loss) / size.pairs + config.nll_weight * nll,
    'rewards/chosen': chosen,
    'rewards/rejected': rejected,
    'rewards/margins': chosen - rejected,
    'rewards/accuracies': total((s) => s.correctOrder) / size.pairs,
    'logps/chosen': total((s) => s.chosenLogprobs) / size.pairs,
    'logps/rejected': total((s) => s.rejectedLogprobs) / size.pairs,
    nll_loss: nll,
    mean_token_accuracy: total((s) => s.correct) / size.chosenTokens,
    entropy: total((s) => s.entropy) / size.chosenTokens,
  }
}

/** TRL counts the prompt with each response. */
const countedTokens = ({ prompt, chosen, rejected }: DpoExample): number => 2 * prompt.length + chosen.length + rejected.length

/** Micro-batches of one step draw different masks. */
const partDropout = (dropout: Dropout | null, part: number): Dropout | null => dropout && { ...dropout, seed: dropout.seed + part }

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
