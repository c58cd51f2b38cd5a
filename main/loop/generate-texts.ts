import type { GenerateItem, LeftOutRow, PromptInput, Sampling } from '../shared/engine-protocol.ts'
import { LaurelError } from '../shared/errors.ts'
import { chunksOf, rowsPerChunk } from './chunks.ts'
import type { EngineWork } from './run-context.ts'

/** A row to generate from: an input, a seed per response, and the sample numbers still missing. */
export interface GenerationRow {
  readonly input: PromptInput
  readonly seeds: readonly number[]
  readonly missing: ReadonlySet<number>
}

/** A recipe's sampling settings in the engine's form. */
export const samplingOf = (settings: {
  temperature: number
  top_p: number
  top_k: number
  max_new_tokens: number
  stop: readonly string[]
}): Sampling => ({
  greedy: settings.temperature === 0,
  temperature: settings.temperature,
  topP: settings.top_p,
  topK: settings.top_k,
  maxNewTokens: settings.max_new_tokens,
  minNewTokens: 0,
  stop: [...settings.stop],
})

export const greedySampling = (maxNewTokens: number, stop: readonly string[] = []): Sampling => ({
  greedy: true,
  temperature: 0,
  topP: 1,
  topK: 0,
  maxNewTokens,
  minNewTokens: 0,
  stop: [...stop],
})

/**
 * Generates the missing responses chunk by chunk and passes each to `keep` as soon as the engine reports it. All rows must have the same
 * number of seeds. A row that can't be processed (longer than the context, say) goes to `leaveOut`, and its responses stay missing.
 */
export async function generateMissing<Row extends GenerationRow>(
  { engine, recipe, signal }: EngineWork,
  work: {
    model: string
    sampling: Sampling
    rows: readonly Row[]
    keep: (row: Row, item: GenerateItem) => void
    leaveOut: (row: Row, reason: string) => void
  },
): Promise<void> {
  const perRow = work.rows[0]?.seeds.length ?? 1
  for (const chunk of chunksOf(work.rows, rowsPerChunk(recipe.chunk, perRow))) {
    let missing = chunk.reduce((sum, row) => sum + row.missing.size, 0)
    if (missing === 0) continue
    const rows = chunk.map(({ input, seeds }) => ({ input, seeds: [...seeds] }))
    const onLeftOut = ({ row, leftOut }: LeftOutRow): void => {
      missing -= chunk[row].missing.size
      work.leaveOut(chunk[row], leftOut)
    }
    const request = { model: work.model, rows, sampling: work.sampling, batch: recipe.batch }
    for await (const item of engine.generate(request, { signal, onLeftOut })) {
      const row = chunk[item.row]
      if (!row.missing.has(item.sample)) continue
      work.keep(row, item)
      missing--
    }
    if (missing !== 0) throw unanswered(missing)
  }
}

/** An engine that finishes a request without answering every row has a bug; continuing would hide it. */
export const unanswered = (count: number): LaurelError =>
  new LaurelError('INTERNAL', `The engine left ${count} rows of a request unanswered.`, 'This is a bug in Laurel. Please report it.')

/** The sample numbers 0 .. count-1 that aren't done. */
export const missingOf = (count: number, done: ReadonlySet<number> | undefined): Set<number> =>
  new Set(Array.from({ length: count }, (_, sample) => sample).filter((sample) => done?.has(sample) !== true))
