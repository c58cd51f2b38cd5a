import { type Command, Option } from 'commander'
import { z } from 'zod'
import { generators } from '../../common/random.ts'
import { requirementRows } from '../../data/requirement-rows.ts'
import { judgeRows } from '../../loop/judges/judge-rows.ts'
import type { Judged, JudgingRow } from '../../loop/judges/judge-work.ts'
import { rewardOf } from '../../loop/preferences/pair-rules.ts'
import type { Override } from '../../loop/recipe/load-recipe.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { partsOf } from '../../shared/judged-parts.ts'
import { limits } from '../../shared/limits.ts'
import { averagingMethods, type JudgeMethod, type JudgeRecipe, judgeRecipe, programMethods } from '../../shared/recipe.ts'
import { atLine, type InputRow, readRows, writeInOrder } from '../input-rows.ts'
import { checkPlace, engineHelp, type JudgePlaceOptions, judgePlace } from '../judge-engine.ts'
import { judgeFrom } from '../judge-settings.ts'
import { addEngineOptions, decimal, type EngineSession, integer, override, requireOptions, share, withEngine } from '../options.ts'
import { progressLine } from '../progress.ts'
import { registerProbe } from './probe-command.ts'

const { deriveSeed } = generators.philox

interface JudgeOptions extends JudgePlaceOptions {
  readonly input: string
  readonly output: string
  readonly method: JudgeMethod
  readonly reference?: string
  readonly prompt?: string
  readonly samples: number
  readonly expected?: boolean
  readonly temperature: number
  readonly topP: number
  readonly topK: number
  readonly maxNewTokens: number
  readonly seed: number
  readonly batch: number
  readonly set: readonly Override[]
}

const row = z
  .looseObject({ instruction: z.string(), response: z.string() })
  .transform(({ instruction, response, ...rest }, context): JudgingRow => {
    const read = requirementRows(rest) // the prompt's checklist
    if (!('wrong' in read)) return { instruction, response, requirements: read.requirements }
    context.addIssue({ code: 'custom', message: read.wrong })
    return z.NEVER
  })
type Row = InputRow<z.output<typeof row>>

export function registerJudge(program: Command): void {
  const methods = judgeRecipe.shape.method.unwrap().options
  const command = program
    .command('judge')
    .enablePositionalOptions()
    .description('score responses with a model (LLM-as-a-Judge, by default with the additive five-point prompt)')
    .option('--model <path>', 'a Hugging Face folder or a GGUF file (required, unless the method is a program or --engine a server)')
    .option('--engine <name>', engineHelp)
    .option('--input <file>', 'JSON Lines (required): {instruction, response}; rows with the same instruction are candidates of one prompt')
    .option(
      '--output <file>',
      'JSON Lines (required): the input row with scores, reward, expected_score, texts, and the parts of a checklist',
    )
    .addOption(new Option('--method <name>', 'how the reward is found; see the guide').choices(methods).default('additive'))
    .option('--reference <path>', 'the model to compare with (method implicit): the one that --model was trained from')
    .option('--samples <n>', 'judgements to sample and average per response; one without a readable score counts as null', integer(0), 3)
    .option('--expected', 'also compute the expected score from the probabilities of the scores 0 to 5, in one pass without text')
    .option('--prompt <name>', "a built-in judge prompt, or the path of a text file (default: the method's own)")
    .option('--set <key=value>', "another setting of a recipe's judge, such as --set length_ratio=1.25 (may be repeated)", override, [])
    .option('--temperature <t>', 'sampling temperature (0: greedy)', decimal(0), 0.7)
    .option('--top-p <p>', 'top-p: sample from the most likely tokens up to this total probability', share, 0.9)
    .option('--top-k <k>', 'top-k: sample from this many most likely tokens (0: all)', integer(0), 0)
    .option('--max-new-tokens <n>', 'maximum length of a judgement', integer(1, limits.tokens), 512)
    .option('--seed <n>', 'the same seed gives the same judgements', integer(0), 0)
    .option('--batch <n>', 'number of concurrent sequences', integer(1, limits.batch), 64)
  addEngineOptions(command).action((options: JudgeOptions) => {
    requireOptions(command, ...(needsModel(options) && options.engine === undefined ? ['model'] : []), 'input', 'output')
    return judge(options)
  })
  registerProbe(command)
}

const needsModel = ({ method, expected }: JudgeOptions): boolean => expected === true || !programMethods.includes(method)

async function judge(options: JudgeOptions): Promise<void> {
  const averages = averagingMethods.includes(options.method)
  if (averages && options.samples === 0 && !options.expected)
    throw badInput('--samples 0 leaves nothing to score', 'Add --expected, or set --samples to at least 1.')
  const settings = {
    ...{ prompt: options.prompt, samples: Math.max(1, options.samples), temperature: options.temperature },
    ...{ top_p: options.topP, top_k: options.topK, max_new_tokens: options.maxNewTokens },
  }
  const own = judgeFrom({ ...settings, method: options.method }, options.set)
  const place = judgePlace(options)
  checkPlace(place, [own.method, ...(options.expected ? ['expected' as const] : [])])
  const rows = readRows(options.input, row, 'Each line needs {"instruction": text, "response": text}.')
  const work = async (session: EngineSession): Promise<void> => {
    if (options.model !== undefined && needsModel(options)) await session.load(options.model)
    await writeInOrder(options.output, async (writer) => {
      const expected = options.expected ? await expectedScores(session, options, { ...own, method: 'expected' }, rows) : []
      const put = (index: number, judged: readonly Judged[]): void =>
        writer.put(index, resultOf(rows[index], judged, options.method === 'expected' ? undefined : expected[index]))
      if (averages && options.samples === 0) for (const index of rows.keys()) put(index, [])
      else await judgeAll(session, options, own, rows, { label: 'judgements', onJudged: put })
    }).catch((error) => {
      throw atLine(error, options.input, rows)
    })
  }
  await withEngine(options, work, place?.start)
}

/** The input row with its judgements. */
function resultOf({ own }: Row, judged: readonly Judged[], expected: number | null = null): object {
  const scores = judged.map(({ score }) => score)
  const detail = judged[0]?.detail
  const parts = partsOf(detail)
  return {
    ...own,
    scores,
    reward: judged.length > 0 ? rewardOf(scores) : expected,
    expected_score: expected,
    texts: judged.map(({ text }) => text),
    ...(parts !== null ? { parts } : detail !== undefined && { detail }),
  }
}

/** Has the model judge every row, and reports what that cost. Throws the reason if a row can't be judged. */
async function judgeAll(
  { engine, signal }: EngineSession,
  { model = '', reference, batch, seed }: JudgeOptions,
  judge: JudgeRecipe,
  rows: readonly Row[],
  { label, onJudged }: { readonly label: string; readonly onJudged: (index: number, judged: readonly Judged[]) => void },
): Promise<void> {
  const progress = progressLine(label, rows.length)
  let done = 0
  const { leftOut, cost } = await judgeRows({
    stage: { engine, signal, recipe: { batch, chunk: rows.length * judge.samples, random: 'philox' } },
    ...{ judge, model, reference },
    rows: rows.map(({ value }) => value),
    seed: (index, sample) => deriveSeed(seed, 'judge', index, sample),
    onJudged(index, judged) {
      onJudged(index, judged)
      progress.update(++done)
    },
  })
  if (leftOut.length > 0) throw new LaurelError('BAD_INPUT', leftOut[0].reason, 'Shorten the row.', { row: leftOut[0].row })
  const { seconds, readTokens, newTokens } = cost
  const each = (of: number): string => (of / rows.length).toPrecision(3)
  progress.finish(`${each(seconds)} s, ${each(readTokens)} tokens read and ${each(newTokens)} written per response`)
}

/** The expected score of each row: the mean of the scores, weighted by the probabilities of the score tokens after `Score: `. */
async function expectedScores(
  session: EngineSession,
  options: JudgeOptions,
  judge: JudgeRecipe,
  rows: readonly Row[],
): Promise<(number | null)[]> {
  const expected: (number | null)[] = []
  await judgeAll(session, options, judge, rows, {
    label: 'expected scores',
    onJudged(index, [{ score }]) {
      expected[index] = score
    },
  })
  return expected
}
