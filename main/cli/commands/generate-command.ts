import type { Command } from 'commander'
import { generators } from '../../common/random.ts'
import { type GenerateItem, type PromptInput, sampling } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { atLine, type InputRow, promptRow, promptRowRemedy, readRows, writeInOrder } from '../input-rows.ts'
import { addEngineOptions, collected, decimal, type EngineOptions, type EngineSession, integer, share, withEngine } from '../options.ts'
import { progressLine } from '../progress.ts'

const { deriveSeed } = generators.philox

interface GenerateOptions extends EngineOptions {
  readonly model: string
  readonly input: string
  readonly output: string
  readonly n: number
  readonly temperature: number
  readonly topP: number
  readonly topK: number
  readonly maxNewTokens: number
  readonly minNewTokens: number
  readonly seed: number
  readonly batch: number
  readonly greedy?: boolean
  readonly stop?: string[]
}

export function registerGenerate(program: Command): void {
  const command = program
    .command('generate')
    .description('sample responses to prompts')
    .requiredOption('--model <path>', 'a Hugging Face folder or a GGUF file')
    .requiredOption('--input <file>', 'JSON Lines: {prompt}, {messages} or {input_ids}')
    .requiredOption('--output <file>', 'JSON Lines: the input row with responses: [{text, token_ids, finish_reason}]')
    .option('--n <count>', 'responses per prompt', integer(1, limits.batch), 1)
    .option('--temperature <t>', 'sampling temperature (0: greedy)', decimal(0), 0.7)
    .option('--top-p <p>', 'top-p: sample from the most likely tokens up to this total probability', share, 0.9)
    .option('--top-k <k>', 'top-k: sample from this many most likely tokens (0: all)', integer(0), 0)
    .option('--greedy', 'always choose the most likely token')
    .option('--max-new-tokens <n>', 'maximum length of a response', integer(1, limits.tokens), 256)
    .option('--min-new-tokens <n>', 'minimum length of a response', integer(0), 0)
    .option('--stop <text>', 'end a response before this text (may be repeated)', collected)
    .option('--seed <n>', 'the same seed gives the same responses', integer(0), 0)
    .option('--batch <n>', 'number of concurrent sequences', integer(1, limits.batch), 64)
  addEngineOptions(command).action(generate)
}

async function generate(options: GenerateOptions): Promise<void> {
  const { minNewTokens, maxNewTokens } = options
  if (minNewTokens > maxNewTokens) {
    throw badInput(
      `--min-new-tokens ${minNewTokens} is greater than --max-new-tokens ${maxNewTokens}`,
      'Decrease --min-new-tokens or increase --max-new-tokens.',
    )
  }
  const rows = readRows(options.input, promptRow, promptRowRemedy)
  await withEngine(options, async (session) => {
    await session.load(options.model)
    await writeResponses(session, rows, options).catch((error) => {
      throw atLine(error, options.input, rows)
    })
  })
}

async function writeResponses(
  { engine, signal }: EngineSession,
  rows: readonly InputRow<PromptInput>[],
  options: GenerateOptions,
): Promise<void> {
  const { model, batch, n, seed } = options
  const progress = progressLine('responses', rows.length * n)
  await writeInOrder(options.output, async (writer) => {
    const items = engine.generate(
      {
        ...{ model, batch, sampling: sampling.parse(options) },
        rows: rows.map(({ value }, row) => ({ input: value, seeds: seedsOf(seed, row, n) })),
      },
      { signal },
    )
    const responses = rows.map((): GenerateItem[] => [])
    let done = 0
    for await (const item of items) {
      responses[item.row][item.sample] = item
      progress.update(++done)
      if (responses[item.row].filter(Boolean).length < n) continue
      writer.put(item.row, { ...rows[item.row].own, responses: responses[item.row].map(responseRow) })
      responses[item.row] = []
    }
  })
  progress.finish()
}

/** Derives a response's seed from the indices of its row and sample, so that added rows don't change other rows' responses. */
const seedsOf = (seed: number, row: number, count: number): number[] =>
  Array.from({ length: count }, (_, sample) => deriveSeed(seed, 'generate', row, sample))

const responseRow = ({ text, tokenIds, finishReason }: GenerateItem) => ({ text, token_ids: tokenIds, finish_reason: finishReason })
