import type { Command } from 'commander'
import { z } from 'zod'
import { generators } from '../../common/random.ts'
import { expectedScore } from '../../evaluation/expected-score.ts'
import { fillJudgePrompt, loadJudgePrompt } from '../../evaluation/judge-prompt.ts'
import { parseScore } from '../../evaluation/parse-score.ts'
import { rewardOf } from '../../loop/preferences/pair-rules.ts'
import { sampling } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { atLine, readRows, writeInOrder } from '../input-rows.ts'
import { addEngineOptions, decimal, type EngineOptions, type EngineSession, integer, share, withEngine } from '../options.ts'
import { progressLine } from '../progress.ts'

const { deriveSeed } = generators.philox

interface JudgeOptions extends EngineOptions {
  readonly model: string
  readonly input: string
  readonly output: string
  readonly prompt: string
  readonly samples: number
  readonly expected?: boolean
  readonly temperature: number
  readonly topP: number
  readonly topK: number
  readonly maxNewTokens: number
  readonly seed: number
  readonly batch: number
}

const row = z.object({ instruction: z.string(), response: z.string() })

/** The end of a judgement and its possible continuations, from whose probabilities the expected score is computed. */
const scoreLabel = 'Score: '
const scores = ['0', '1', '2', '3', '4', '5']

export function registerJudge(program: Command): void {
  const command = program
    .command('judge')
    .description('score responses with a model (LLM-as-a-Judge, by default with the additive five-point prompt)')
    .requiredOption('--model <path>', 'a Hugging Face folder or a GGUF file')
    .requiredOption('--input <file>', 'JSON Lines: {instruction, response}')
    .requiredOption('--output <file>', 'JSON Lines: the input row with scores, reward, expected_score and texts')
    .option('--samples <n>', 'judgements to sample and average per response; one without a readable score counts as null', integer(0), 3)
    .option('--expected', 'also compute the expected score from the probabilities of the scores 0 to 5, in one pass without text')
    .option('--prompt <name>', 'a built-in judge prompt, or the path of a text file', 'additive-5-point')
    .option('--temperature <t>', 'sampling temperature (0: greedy)', decimal(0), 0.7)
    .option('--top-p <p>', 'top-p: sample from the most likely tokens up to this total probability', share, 0.9)
    .option('--top-k <k>', 'top-k: sample from this many most likely tokens (0: all)', integer(0), 0)
    .option('--max-new-tokens <n>', 'maximum length of a judgement', integer(1, limits.tokens), 512)
    .option('--seed <n>', 'the same seed gives the same judgements', integer(0), 0)
    .option('--batch <n>', 'number of concurrent sequences', integer(1, limits.batch), 64)
  addEngineOptions(command).action(judge)
}

async function judge(options: JudgeOptions): Promise<void> {
  if (options.samples === 0 && !options.expected)
    throw badInput('--samples 0 leaves nothing to score', 'Add --expected, or set --samples to at least 1.')
  const template = loadJudgePrompt(options.prompt)
  const rows = readRows(options.input, row, 'Each line needs {"instruction": text, "response": text}.')
  const prompts = rows.map(({ value }) => ({ prompt: fillJudgePrompt(template, value.instruction, value.response) }))
  await withEngine(options, async (session) => {
    await session.load(options.model)
    await writeInOrder(options.output, async (writer) => {
      const expected = options.expected ? await expectedScores(session, prompts, options) : []
      for await (const { index, texts } of judgements(session, prompts, options)) {
        const read = texts.map(parseScore)
        const expectedOne = expected[index] ?? null
        const reward = options.samples > 0 ? rewardOf(read) : expectedOne
        writer.put(index, { ...rows[index].own, scores: read, reward, expected_score: expectedOne, texts })
      }
    }).catch((error) => {
      throw atLine(error, options.input, rows)
    })
  })
}

/** Yields the sampled judgements of each prompt as soon as they are complete. */
async function* judgements(
  { engine, signal }: EngineSession,
  prompts: readonly { prompt: string }[],
  options: JudgeOptions,
): AsyncGenerator<{ index: number; texts: string[] }> {
  const { model, batch, samples, seed } = options
  if (samples === 0) {
    for (const index of prompts.keys()) yield { index, texts: [] }
    return
  }
  const progress = progressLine('judgements', prompts.length * samples)
  const rows = prompts.map((input, index) => ({
    input,
    seeds: Array.from({ length: samples }, (_, sample) => deriveSeed(seed, 'judge', index, sample)),
  }))
  const texts = prompts.map((): Map<number, string> => new Map())
  let done = 0
  for await (const item of engine.generate({ model, batch, rows, sampling: sampling.parse(options) }, { signal })) {
    const own = texts[item.row].set(item.sample, item.text)
    progress.update(++done)
    if (own.size === samples) yield { index: item.row, texts: rows[item.row].seeds.map((_, sample) => own.get(sample)!) }
  }
  progress.finish()
}

/** The expected score of each prompt: the mean of the scores, weighted by the probabilities of the score tokens after `Score: `. */
async function expectedScores(
  { engine, signal }: EngineSession,
  prompts: readonly { prompt: string }[],
  { model }: JudgeOptions,
): Promise<(number | null)[]> {
  const progress = progressLine('expected scores', prompts.length)
  const expected: (number | null)[] = []
  const rows = prompts.map((input) => ({ input, continuation: scoreLabel, choices: scores }))
  let done = 0
  for await (const item of engine.score({ model, rows, top: 0, choicesOnly: true, batch: 16 }, { signal })) {
    expected[item.row] = expectedScore(item.choiceLogprobs?.at(-1) ?? [])
    progress.update(++done)
  }
  progress.finish()
  return expected
}
