import type { Measurement } from '../measurement.ts'
import type { TrainItem, TrainParams } from '../protocol.ts'
import type { Precision } from '../train-config.ts'
import type { Generated, GenerateOptions, GenerateRow } from './generate/generate.ts'
import type { Scored, ScoreOptions, ScoreRow } from './generate/score.ts'
import type { ModelFiles } from './model/model-files.ts'

/**
 * What the server needs from the numerics, all in token ids. An interface, so that the server (ordering, cancellation, tokenization) can be
 * tested without arithmetic.
 */
export interface Numerics<Model extends ServedModel = ServedModel> {
  /** A model's files without the weights: enough to tokenize. */
  openFiles(path: string): Promise<ModelFiles>
  loadModel(path: string, precision: Precision): Promise<Model>
  generate(model: Model, rows: readonly GenerateRow[], options: GenerateOptions): AsyncIterable<Generated>
  score(model: Model, rows: readonly ScoreRow[], options: ScoreOptions): AsyncIterable<Scored>
  /** Throws STOPPED after writing a checkpoint when `signal` aborts. Saves the model and ends early when `conclude` aborts. */
  train(params: TrainParams, interruptions: Interruptions): AsyncIterable<TrainItem>
  measure(): Promise<Measurement>
  /** Number of live tensors, for leak checks. */
  tensors(): number
}

/** Signals that end work early. */
export interface Interruptions {
  readonly signal: AbortSignal
  readonly conclude: AbortSignal
}

export interface ServedModel {
  readonly files: ModelFiles
  readonly parameters: number
  dispose(): void
}
