import type { Command } from 'commander'
import { limits } from '../../shared/limits.ts'
import { atLine, readRows, textRow, textRowRemedy, writeInOrder } from '../input-rows.ts'
import { addEngineOptions, type EngineOptions, integer, withEngine } from '../options.ts'
import { progressLine } from '../progress.ts'

interface ScoreOptions extends EngineOptions {
  readonly model: string
  readonly input: string
  readonly output: string
  readonly top: number
  readonly batch: number
}

export function registerScore(program: Command): void {
  const command = program
    .command('score')
    .description('compute the log-probability of every token of a text, and the most likely next tokens')
    .requiredOption('--model <path>', 'a Hugging Face folder or a GGUF file')
    .requiredOption('--input <file>', 'JSON Lines: {input_ids} or {text}')
    .requiredOption('--output <file>', 'JSON Lines: {input_ids, token_logprobs (of tokens 2 to n), top_ids, top_logprobs}')
    .option('--top <n>', 'number of most likely next tokens', integer(0), 10)
    .option('--batch <n>', 'rows per batch', integer(1, limits.batch), 16)
  addEngineOptions(command, 'float32, because log-probabilities are compared').action(score)
}

async function score({ model, input, output, top, batch, ...options }: ScoreOptions): Promise<void> {
  const rows = readRows(input, textRow, textRowRemedy)
  await withEngine({ ...options, precision: options.precision ?? 'float32' }, async ({ engine, load, signal }) => {
    await load(model)
    const progress = progressLine('scored', rows.length)
    await writeInOrder(output, async (writer) => {
      const items = engine.score({ model, top, batch, rows: rows.map(({ value }) => ({ input: value })) }, { signal })
      let done = 0
      for await (const { row, inputIds, tokenLogprobs, topIds, topLogprobs } of items) {
        writer.put(row, {
          ...rows[row].own,
          ...{ input_ids: inputIds, token_logprobs: tokenLogprobs, top_ids: topIds, top_logprobs: topLogprobs },
        })
        progress.update(++done)
      }
    }).catch((error) => {
      throw atLine(error, input, rows)
    })
    progress.finish()
  })
}
