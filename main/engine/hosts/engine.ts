import type { Measurement } from '../measurement.ts'
import type {
  EngineInfo,
  EngineUsage,
  GenerateItem,
  GenerateParams,
  GeneratePiece,
  LeftOutRow,
  LengthsParams,
  ModelInfo,
  ModelShape,
  RowTokensParams,
  ScoreItem,
  ScoreParams,
  TokenizeParams,
  TrainItem,
  TrainParams,
} from '../protocol.ts'
import type { RenderParams } from '../render-params.ts'
import type { RowLength, RowTokens } from '../training-rows.ts'

/** How a request that streams can be ended early: the iteration then throws a `LaurelError` with code STOPPED. */
export interface CallOptions {
  readonly signal?: AbortSignal
}

/** The same for rows of which some may not be possible. */
export interface RowOptions extends CallOptions {
  /** Told of each row that can't be done (it is longer than the context, say); without it such a row fails the request. */
  readonly onLeftOut?: (row: LeftOutRow) => void
}

/** The same for a generation, which can also be watched. */
export interface GenerateOptions extends RowOptions {
  /** Told how each response grows, a few times a second, before it is given whole. A host that cannot tell never calls it. */
  readonly onPiece?: (piece: GeneratePiece) => void
}

/** A training can also be brought to an early end that keeps its model. */
export interface TrainOptions extends CallOptions {
  /**
   * When it is aborted, the training ends after its current step, saves its model as it is, and its iteration ends as that of a complete
   * one does. Before its first step there is nothing to keep: STOPPED is thrown.
   */
  readonly conclude?: AbortSignal
}

/**
 * An engine, wherever it runs. The loop talks to this interface alone and does not know whether the work is done by a
 * local process, a server or a cluster. Items arrive in the order in which they are finished, not in row order.
 */
export interface Engine {
  info(): Promise<EngineInfo>
  usage(): Promise<EngineUsage>
  measure(): Promise<Measurement>
  load(model: string): Promise<ModelInfo>
  unload(model: string): Promise<void>
  /** A model's sizes, its weights not read. */
  describe(model: string): Promise<ModelShape>
  /** How long rows to train on are; those of which no response is left have no length. */
  lengths(params: LengthsParams): Promise<RowLength[]>
  /** Rows to fine-tune on as a training sees them: for a person to look at. */
  rowTokens(params: RowTokensParams): Promise<RowTokens[]>
  tokenize(params: TokenizeParams): Promise<number[][]>
  render(params: RenderParams): Promise<string>
  generate(params: Omit<GenerateParams, 'stream' | 'leaveOut'>, options?: GenerateOptions): AsyncIterable<GenerateItem>
  score(params: Omit<ScoreParams, 'leaveOut'>, options?: RowOptions): AsyncIterable<ScoreItem>
  train(params: TrainParams, options?: TrainOptions): AsyncIterable<TrainItem>
  /** Ends the engine. Work in flight is lost; everything already reported is not. */
  close(): Promise<void>
}
