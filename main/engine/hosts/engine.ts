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
  WriteModelParams,
  WrittenBytes,
} from '../../shared/engine-protocol.ts'
import type { Measurement } from '../../shared/measurement.ts'
import type { RenderParams } from '../../shared/render-params.ts'
import type { RowLength, RowTokens } from '../../shared/training-rows.ts'

/** Options of a streaming request. Aborting the signal makes the iteration throw a `LaurelError` with code STOPPED. */
interface CallOptions {
  readonly signal?: AbortSignal
}

/** Options of a request in which some rows may be impossible. */
export interface RowOptions extends CallOptions {
  /** Called for each skipped row (for example one longer than the context). Without it, such a row fails the request. */
  readonly onLeftOut?: (row: LeftOutRow) => void
}

/** Options of a generation. */
export interface GenerateOptions extends RowOptions {
  /** Called with each growing response a few times a second, before it is complete. Hosts without streaming never call it. */
  readonly onPiece?: (piece: GeneratePiece) => void
}

/** Options of a training, which can also be concluded early. */
export interface TrainOptions extends CallOptions {
  /**
   * On abort, the training ends after its current step, saves the model, and completes normally. Before the first step there is nothing to
   * save, so it throws STOPPED.
   */
  readonly conclude?: AbortSignal
}

/** What a caller must know of an engine that isn't this machine's. */
export interface EngineHost {
  /** As the user calls it. */
  readonly name: string
  /** The model that answers every request, whatever model the request names; null: the one named, whose files travel there. */
  readonly model: string | null
}

/**
 * An engine, wherever it runs. The loop uses only this interface and doesn't know whether a local process, a server or a cluster does the
 * work. Items arrive in order of completion, not in row order.
 */
export interface Engine {
  /** Undefined: this machine. */
  readonly host?: EngineHost
  info(): Promise<EngineInfo>
  /** How many rows a request should have at least, so that all of a cluster is busy. May start its job. Undefined: one machine. */
  readonly requestRows?: () => Promise<number>
  usage(): Promise<EngineUsage>
  measure(): Promise<Measurement>
  load(model: string): Promise<ModelInfo>
  unload(model: string): Promise<void>
  /** A model's dimensions, without reading its weights. */
  describe(model: string): Promise<ModelShape>
  /** Lengths of training rows. Rows with no response tokens left are omitted. */
  lengths(params: LengthsParams): Promise<RowLength[]>
  /** SFT rows as a training sees them, token by token. */
  rowTokens(params: RowTokensParams): Promise<RowTokens[]>
  tokenize(params: TokenizeParams): Promise<number[][]>
  render(params: RenderParams): Promise<string>
  generate(params: Omit<GenerateParams, 'stream' | 'leaveOut'>, options?: GenerateOptions): AsyncIterable<GenerateItem>
  score(params: Omit<ScoreParams, 'leaveOut'>, options?: RowOptions): AsyncIterable<ScoreItem>
  train(params: TrainParams, options?: TrainOptions): AsyncIterable<TrainItem>
  /** Writes a model in another form; ends when the folder is complete. */
  writeModel(params: WriteModelParams, options?: CallOptions): AsyncIterable<WrittenBytes>
  /** Shuts the engine down. Work in flight is lost; reported results are not. */
  close(): Promise<void>
}
