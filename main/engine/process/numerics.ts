import type { Measurement } from '../measurement.ts'
import type { TrainItem, TrainParams } from '../protocol.ts'
import type { Precision } from '../train-config.ts'
import type { Generated, GenerateOptions, GenerateRow } from './generate/generate.ts'
import type { Scored, ScoreOptions, ScoreRow } from './generate/score.ts'
import type { ModelFiles } from './model/model-files.ts'

/**
 * What the server needs of the numeric part, all in token ids. It is an interface so that the server's own behaviour
 * (order, cancelling, text to ids and back) can be tested without arithmetic.
 */
export interface Numerics<Model extends ServedModel = ServedModel> {
  /** The facts of a model's files without its weights: enough to tokenize. */
  openFiles(path: string): Promise<ModelFiles>
  loadModel(path: string, precision: Precision): Promise<Model>
  generate(model: Model, rows: readonly GenerateRow[], options: GenerateOptions): AsyncIterable<Generated>
  score(model: Model, rows: readonly ScoreRow[], options: ScoreOptions): AsyncIterable<Scored>
  /** Ends by throwing STOPPED when `signal` says so, a checkpoint written; early, its model saved, when `conclude` does. */
  train(params: TrainParams, interruptions: Interruptions): AsyncIterable<TrainItem>
  measure(): Promise<Measurement>
  /** Tensors alive, for leak checks. */
  tensors(): number
}

/** How work is ended before its time. */
export interface Interruptions {
  readonly signal: AbortSignal
  readonly conclude: AbortSignal
}

export interface ServedModel {
  readonly files: ModelFiles
  readonly parameters: number
  dispose(): void
}
