import { tickReward } from '../../evaluation/ticks.ts'
import type { LeftOutRow, ScoreItem } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import { chunksOf } from '../chunks.ts'
import { generateMissing, greedySampling, unanswered } from '../generate-texts.ts'
import { judgePrompts } from './judge-prompts.ts'
import type { Judge, JudgingRow, JudgingWork } from './judge-work.ts'

export const checklistJudge: Judge = {
  judge: judgeByChecklist,
  justifies: true,
  requests: ({ max_new_tokens }, { texts, readTokens }) => [
    { texts, promptTokens: readTokens, newTokens: max_new_tokens },
    { texts, promptTokens: readTokens + max_new_tokens, newTokens: 0 },
  ],
}

/**
 * Judges requirement by requirement: the judge writes one tick for each (greedily), and the reward is the sum over ticks of
 * p(yes) / (p(yes) + p(no)) at the tick's position. A judgement without the expected number of ticks counts as unparsed.
 */
async function judgeByChecklist<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  const form = tickFormOf(work.judge)
  await checkTicks(work, form)
  for (const chunk of chunksOf(work.rows, work.stage.recipe.chunk)) {
    if (chunk.every((row) => row.missing.size === 0)) continue
    const written = await writeJudgements(work, chunk)
    await weighTicks(work, form, written, ({ row, text }, item) => {
      const ticks = ticksIn(item)
      work.keep(row, 0, { text, score: tickReward(ticks, form.count), detail: { ticks } })
    })
  }
}

/** Rejects a model whose tokenizer starts both ticks with the same token: their probabilities couldn't be distinguished. */
async function checkTicks<Row extends JudgingRow>({ stage, model, rows }: JudgingWork<Row>, form: TickForm): Promise<void> {
  if (rows.every(({ missing }) => missing.size === 0)) return
  const choices = [form.yes, form.no]
  const asked = [{ input: { text: form.yes }, choices }]
  for await (const { choiceIds } of stage.engine.score(
    { model, rows: asked, top: 0, choicesOnly: true, batch: 1 },
    { signal: stage.signal },
  )) {
    if (choiceIds !== undefined && choiceIds[0] === choiceIds[1]) {
      const texts = choices.map((text) => JSON.stringify(text)).join(' and ')
      throw badInput(
        `${model} can't judge by ticks: its tokenizer starts both ${texts} with the same token.`,
        'Set different texts in judge.ticks.',
      )
    }
  }
}

type TickForm = NonNullable<JudgeRecipe['ticks']>

function tickFormOf(judge: JudgeRecipe): TickForm {
  if (judge.ticks === null) throw badInput(`The recipe's judge method is "ticks", but judge.ticks is missing.`, 'Set judge.ticks.')
  return judge.ticks
}

/** An answer and the judgement text. */
interface Written<Row> {
  readonly row: Row
  readonly text: string
}

/** Generates a judgement text for each answer of a chunk that can be judged, in order. */
async function writeJudgements<Row extends JudgingRow>(
  { stage, judge, model, leaveOut }: JudgingWork<Row>,
  chunk: readonly Row[],
): Promise<Written<Row>[]> {
  const ask = judgePrompts(judge)
  const texts = new Map<number, string>()
  await generateMissing(
    { ...stage, recipe: { ...stage.recipe, chunk: chunk.length } },
    {
      model,
      sampling: greedySampling(judge.max_new_tokens, judge.stop),
      rows: chunk.map((row, place) => ({ place, input: ask(row), seeds: [0], missing: new Set([0]) })),
      keep: ({ place }, { text }) => void texts.set(place, text),
      leaveOut: ({ place }, reason) => leaveOut(chunk[place], reason),
    },
  )
  return chunk.flatMap((row, place) => {
    const text = texts.get(place)
    return text === undefined ? [] : [{ row, text }]
  })
}

/** Scores the judgement texts in a second pass, for the probabilities of both ticks at each position. */
async function weighTicks<Row extends JudgingRow>(
  { stage, judge, model, leaveOut }: JudgingWork<Row>,
  form: TickForm,
  written: readonly Written<Row>[],
  found: (written: Written<Row>, item: ScoreItem) => void,
): Promise<void> {
  const { engine, recipe, signal } = stage
  const ask = judgePrompts(judge)
  const rows = written.map(({ row, text }) => ({ input: ask(row), continuation: text, choices: [form.yes, form.no] }))
  let answered = 0
  const onLeftOut = ({ row, leftOut }: LeftOutRow): void => {
    answered++
    leaveOut(written[row].row, leftOut)
  }
  for await (const item of engine.score({ model, rows, top: 0, batch: recipe.batch }, { signal, onLeftOut })) {
    answered++
    const judged = written[item.row]
    if (judged.row.missing.size > 0) found(judged, item)
  }
  if (answered !== written.length) throw unanswered(written.length - answered)
}

/** [log p(yes), log p(no)] at each position where the judge wrote a tick. */
function ticksIn({ inputIds, continuationStart, choiceLogprobs = [], choiceIds = [] }: ScoreItem): number[][] {
  return inputIds.slice(continuationStart).flatMap((id, place) => (choiceIds.includes(id) ? [choiceLogprobs[place]] : []))
}
