import type { LeftOutRow, TrainItem, TrainParams } from '../../shared/engine-protocol.ts'
import type { Measurement } from '../../shared/measurement.ts'
import type { Precision } from '../../shared/train-config.ts'
import type { Generated, GenerateOptions, GenerateRow } from '../inference/generate.ts'
import type { Scored, ScoreOptions, ScoreRow } from '../inference/score.ts'
import type { ModelFiles } from '../model/load-model.ts'
import type { Interruptions } from '../training/train.ts'

/**
 * What the server needs from the numerics, all in token ids. An interface, so that the server (ordering, cancellation, tokenization) can be
 * tested without arithmetic.
 */
export interface Numerics<Model extends ServedModel = ServedModel> {
  /** A model's files without the weights: enough to tokenize. */
  openFiles(path: string): Promise<ModelFiles>
  loadModel(path: string, precision: Precision): Promise<Model>
  /** A row may be left out if the numerics have less room than the model's context. */
  generate(model: Model, rows: readonly GenerateRow[], options: GenerateOptions): AsyncIterable<Generated | LeftOutRow>
  score(model: Model, rows: readonly ScoreRow[], options: ScoreOptions): AsyncIterable<Scored | LeftOutRow>
  /**
   * Throws STOPPED after writing a checkpoint when `signal` aborts. Saves the model and ends early when `conclude` aborts. `onTrained` owns the
   * trained model if it is given it.
   */
  train(
    params: TrainParams,
    options: Interruptions & { readonly onTrained?: ((model: Model) => void) | undefined },
  ): AsyncIterable<TrainItem>
  measure(): Promise<Measurement>
  /** Number of live tensors, for leak checks. */
  tensors(): number
}

export interface ServedModel {
  readonly files: ModelFiles
  readonly parameters: number
  dispose(): void
}
