import { fillChecklistPrompt, fillRequirementPrompt, loadChecklistPrompt, loadRequirementPrompt } from '../../evaluation/judge-prompt.ts'
import { parseChecklist } from '../../evaluation/parse-checklist.ts'
import { yesProbability } from '../../evaluation/yes-probability.ts'
import type { LeftOutRow } from '../../shared/engine-protocol.ts'
import { type JudgedPart, rewardOfParts } from '../../shared/judged-parts.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import { forEachMissing, greedySampling } from '../stage-work.ts'
import { checkDistinct } from './distinct-choices.ts'
import {
  byInstruction,
  type Judge,
  type Judged,
  type JudgingRow,
  type JudgingWork,
  leftOutOnce,
  type PromptFile,
  templateOf,
} from './judge-work.ts'
import { answersOf } from './yes-judge.ts'

const prompt: PromptFile = { own: 'requirement', load: loadRequirementPrompt }

/** For the estimate: requirements per prompt, and the tokens of one in its question. */
const expectedRequirements = 5
const requirementTokens = 30

export const checklistJudge: Judge = {
  judge: judgeByChecklist,
  justifies: false,
  range: () => null, // up to the number of requirements, which differs by prompt
  prompt,
  requests: ({ requirements, max_new_tokens }, { texts, perPrompt, readTokens, usedShare, requirements: given }) => {
    const known = given ?? requirements.length
    const count = known || expectedRequirements
    return [
      ...(known > 0 ? [] : [{ texts: texts / perPrompt, promptTokens: readTokens, newTokens: max_new_tokens * usedShare }]),
      { texts: texts * count, promptTokens: readTokens / count + requirementTokens, newTokens: 1 }, // the response is read once
    ]
  },
}

/** A recipe's judge as one that goes requirement by requirement, with its prompt if it has one for that. */
export const asChecklistJudge = (judge: JudgeRecipe): JudgeRecipe => ({
  ...judge,
  method: 'checklist',
  prompt: judge.method === 'checklist' ? judge.prompt : null,
})

/** Formats the question about one requirement, as the judge is asked it. */
export function requirementPrompts(judge: JudgeRecipe): (row: JudgingRow, requirement: string) => string {
  const template = templateOf(prompt, judge)
  return ({ instruction, response }, requirement) => fillRequirementPrompt(template, instruction, response, requirement)
}

/** A prompt's checklist, and the text it was read from if the judge wrote it. */
interface Checklist {
  readonly requirements: readonly Pick<JudgedPart, 'text' | 'weight'>[]
  readonly written: string | null
}

/**
 * Judges requirement by requirement, each by the probability of yes in a prompt of its own. The requirement comes last, so the engine reads
 * the instruction and the response once. A prompt without requirements gets the recipe's, or the judge writes a checklist for it, greedily
 * and once for all of its candidates, which are in the same request: an interrupted request repeats both, so the checklist is the same.
 */
function judgeByChecklist<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  const { stage, judge } = work
  const ask = requirementPrompts(judge)
  const units = { ...work.units, together: byInstruction }
  return forEachMissing(
    stage,
    units,
    async function* (rows, onLeftOut) {
      const checklists = await checklistsOf(work, rows, onLeftOut)
      yield* askEach(work, ask, rows, checklists, onLeftOut)
    },
    ({ judged }) => judged,
  )
}

/** The checklist of each row; undefined: the judge couldn't be asked for one. */
async function checklistsOf<Row extends JudgingRow>(
  { stage: { engine, recipe, signal }, judge, model }: JudgingWork<Row>,
  rows: readonly Row[],
  onLeftOut: (row: LeftOutRow) => void,
): Promise<(Checklist | undefined)[]> {
  const given = rows.map(({ requirements = [] }) => (requirements.length > 0 ? requirements : judge.requirements.map(unweighted)))
  const open = [...new Set(rows.flatMap(({ instruction }, row) => (given[row].length === 0 ? [instruction] : [])))]
  const written = new Map<string, Checklist>()
  if (open.length > 0) {
    const template = loadChecklistPrompt(judge.checklist_prompt)
    const toWrite = open.map((instruction) => ({ input: { prompt: fillChecklistPrompt(template, instruction) }, seeds: [0] }))
    const sampling = greedySampling(judge.max_new_tokens, judge.stop)
    const leaveOut = ({ row, leftOut }: LeftOutRow): void => {
      for (const [other, { instruction }] of rows.entries()) if (instruction === open[row]) onLeftOut({ row: other, leftOut })
    }
    const texts = engine.generate({ model, rows: toWrite, sampling, batch: recipe.batch }, { signal, onLeftOut: leaveOut })
    for await (const { row, text } of texts) written.set(open[row], { requirements: parseChecklist(text).map(unweighted), written: text })
  }
  return rows.map(({ instruction }, row) =>
    given[row].length > 0 ? { requirements: given[row], written: null } : written.get(instruction),
  )
}

const unweighted = (text: string): { text: string; weight: number } => ({ text, weight: 1 })

/** Asks about every requirement of every row in one request, and yields a row's judgement when all of its answers are known. */
async function* askEach<Row extends JudgingRow>(
  { stage: { engine, recipe, signal }, judge, model }: JudgingWork<Row>,
  ask: ReturnType<typeof requirementPrompts>,
  rows: readonly Row[],
  checklists: readonly (Checklist | undefined)[],
  onLeftOut: (row: LeftOutRow) => void,
): AsyncGenerator<{ row: number; judged: Judged }> {
  const answers = answersOf(judge)
  const shares: (number | null)[][] = rows.map(() => [])
  const asked = checklists.flatMap((checklist, row) => (checklist?.requirements ?? []).map(({ text }, part) => ({ row, part, text })))
  const questions = asked.map(({ row, text }) => ({
    input: { prompt: ask(rows[row], text) },
    choices: [...answers.texts],
  }))
  for (const [row, checklist] of checklists.entries()) {
    if (checklist?.requirements.length === 0) yield { row, judged: judgedOf(checklist, []) }
  }
  const once = leftOutOnce(onLeftOut)
  const leaveOut = ({ row, leftOut }: LeftOutRow): void => once({ row: asked[row].row, leftOut })
  const params = { model, rows: questions, top: 0, choicesOnly: true, batch: recipe.batch }
  for await (const item of engine.score(params, { signal, onLeftOut: leaveOut })) {
    checkDistinct(item, model, answers)
    const { row, part } = asked[item.row]
    const checklist = checklists[row]!
    shares[row][part] = yesProbability(item.choiceLogprobs?.at(-1) ?? [])
    const isComplete = checklist.requirements.every((_, i) => shares[row][i] !== undefined)
    if (isComplete) yield { row, judged: judgedOf(checklist, shares[row]) }
  }
}

/** The judgement from the answers. No checklist, or an answer without any probability: no score. */
function judgedOf({ requirements, written }: Checklist, shares: readonly (number | null)[]): Judged {
  const parts = requirements.flatMap(({ text, weight }, i): JudgedPart[] => {
    const yes = shares[i] ?? null
    return yes === null ? [] : [{ text, weight, yes }]
  })
  const isReadable = parts.length > 0 && parts.length === requirements.length
  return {
    text: requirements.length === 0 ? (written ?? '') : parts.map(({ text, yes }) => `${yes.toFixed(2)} ${text}`).join('\n'),
    score: isReadable ? rewardOfParts(parts) : null,
    detail: written === null ? { parts } : { parts, written },
  }
}
