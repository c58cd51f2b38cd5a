/** One model's answer to one instruction of an evaluation set. */
interface ModelOutput {
  readonly instruction: string
  readonly output: string
}

/** A row of AlpacaEval's model_outputs.json. */
interface AlpacaEvalRow extends ModelOutput {
  readonly generator: string
  readonly dataset: string
}

/**
 * A row of AlpacaEval's model_outputs.json (a JSON array). `generator` is the name shown on the leaderboard, and `dataset` the source of the
 * instructions. AlpacaEval matches two models' rows by `instruction`.
 */
export const alpacaEvalRow = ({ instruction, output }: ModelOutput, generator: string, dataset: string): AlpacaEvalRow => ({
  dataset,
  instruction,
  output,
  generator,
})
