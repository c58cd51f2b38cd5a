import { loadJudgePrompt } from '../../evaluation/judge-prompt.ts'
import { tickReward } from '../../evaluation/ticks.ts'
import type { LeftOutRow, ScoreItem } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import { forEachMissing, greedySampling } from '../stage-work.ts'
import { type ComparedChoices, checkDistinct } from './distinct-choices.ts'
import { type Judge, type JudgingRow, type JudgingWork, judgePrompts, type PromptFile } from './judge-work.ts'

const prompt: PromptFile = { own: 'ticks', load: loadJudgePrompt }

export const ticksJudge: Judge = {
  judge: judgeByTicks,
  justifies: true,
  range: ({ ticks }) => [0, ticks?.count ?? 5],
  prompt,
  readText: ({ ticks }, text) => (ticks === null ? null : writtenTicks(text, ticks)),
  requests: ({ max_new_tokens }, { texts, readTokens }) => [
    { texts, promptTokens: readTokens, newTokens: max_new_tokens },
    { texts, promptTokens: readTokens + max_new_tokens, newTokens: 0 },
  ],
}

/**
 * Judges requirement by requirement: the judge writes one tick for each (greedily), and the reward is the sum over ticks of
 * p(yes) / (p(yes) + p(no)) at the tick's position. A judgement without the expected number of ticks counts as unparsed.
 */
async function judgeByTicks<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  const form = tickFormOf(work.judge)
  let checked: Promise<void> | undefined
  await forEachMissing(
    work.stage,
    work.units,
    async function* (rows, onLeftOut) {
      checked ??= checkTicks(work, form)
      await checked
      yield* writeAndWeigh(work, form, rows, onLeftOut)
    },
    ({ text, item }) => {
      const ticks = ticksIn(item)
      return { text, score: tickReward(ticks, form.count), detail: { ticks } }
    },
  )
}

/** Rejects a model that can't write both ticks before it writes any. */
async function checkTicks<Row extends JudgingRow>({ stage, model }: JudgingWork<Row>, { yes, no }: TickForm): Promise<void> {
  const choices: ComparedChoices = { texts: [yes, no], by: 'ticks', remedy: 'Set different texts in judge.ticks.' }
  const rows = [{ input: { text: yes }, choices: [yes, no] }]
  const params = { model, rows, top: 0, choicesOnly: true, batch: 1 }
  for await (const item of stage.engine.score(params, { signal: stage.signal })) checkDistinct(item, model, choices)
}

type TickForm = NonNullable<JudgeRecipe['ticks']>

function tickFormOf(judge: JudgeRecipe): TickForm {
  if (judge.ticks === null) throw badInput(`The recipe's judge method is "ticks", but judge.ticks is missing.`, 'Set judge.ticks.')
  return judge.ticks
}

/** Generates a judgement text for each answer, then scores the texts for the probabilities of both ticks at each position. */
async function* writeAndWeigh<Row extends JudgingRow>(
  { stage, judge, model }: JudgingWork<Row>,
  form: TickForm,
  answers: readonly Row[],
  onLeftOut: (row: LeftOutRow) => void,
): AsyncGenerator<{ row: number; text: string; item: ScoreItem }> {
  const { engine, recipe, signal } = stage
  const { batch } = recipe
  const inputs = answers.map(judgePrompts(judge, prompt))
  const texts: string[] = []
  const sampling = greedySampling(judge.max_new_tokens, judge.stop)
  const toWrite = inputs.map((input) => ({ input, seeds: [0] }))
  for await (const { row, text } of engine.generate({ model, rows: toWrite, sampling, batch }, { signal, onLeftOut })) texts[row] = text
  const written = inputs.flatMap((input, row) => (texts[row] === undefined ? [] : [{ input, row, text: texts[row] }]))
  const toWeigh = written.map(({ input, text }) => ({ input, continuation: text, choices: [form.yes, form.no] }))
  const leaveOut = ({ row, leftOut }: LeftOutRow): void => onLeftOut({ row: written[row].row, leftOut })
  for await (const item of engine.score({ model, rows: toWeigh, top: 0, batch }, { signal, onLeftOut: leaveOut })) {
    const { row, text } = written[item.row]
    yield { row, text, item }
  }
}

/** [log p(yes), log p(no)] at each position where the judge wrote a tick. */
function ticksIn({ inputIds, continuationStart, choiceLogprobs = [], choiceIds = [] }: ScoreItem): number[][] {
  return inputIds.slice(continuationStart).flatMap((id, place) => (choiceIds.includes(id) ? [choiceLogprobs[place]] : []))
}

/** The number of yes ticks in a judgement's text; null: it hasn't the expected number of ticks. */
function writtenTicks(text: string, { yes, no, count }: TickForm): number | null {
  const [met, unmet] = [yes, no].map((tick) => text.split(tick).length - 1)
  return met + unmet === count ? met : null
}
