import { generators } from '../../common/random.ts'
import { balanceVerdicts, type Verdict } from '../../data/balanced-verdicts.ts'
import { editedToMeet } from '../../data/edited-responses.ts'
import type { GradedPrompt } from '../../data/graded-prompts.ts'
import { grammarPrompts, taskFiles } from '../../data/grammar-prompts.ts'
import { importInThread } from '../../data/import-thread.ts'
import { promptKey, promptsOf } from '../../data/imported.ts'
import { readyCheck } from '../../evaluation/checks/checks.ts'
import { badInput } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Requirement } from '../../shared/requirement.ts'
import type { RowLength } from '../../shared/training-rows.ts'
import type { CandidateRow } from '../../store/tables/candidates-table.ts'
import type { NewExample } from '../../store/tables/examples-table.ts'
import { asChecklistJudge, requirementPrompts } from '../judges/checklist-judge.ts'
import { grammarOf } from '../prompt-writers/grammar-writer.ts'
import { modelNamed, note, type RunContext, type Stage, warn } from '../run-context.ts'
import type { StageSummary } from '../run-stage.ts'
import { seedAt } from '../stage-work.ts'
import { sampleFrom } from './candidates.ts'
import { demonstrationRow } from './train-model.ts'

/**
 * Draws the run's graded prompts from a file's: first the held-out ones, then those of the examples. Throws BAD_INPUT if none are left for
 * examples.
 */
export function drawGradedPrompts(context: RunContext, prompts: readonly GradedPrompt[], reserved: readonly string[]): GradedPrompt[] {
  const { random, seed_data } = context.recipe
  const closed = new Set(reserved.map(promptKey))
  const open = prompts.filter(({ text }) => !closed.has(promptKey(text)))
  if (open.length <= seed_data.graded_held_out) {
    throw badInput(
      `seed_data.graded_held_out is ${seed_data.graded_held_out}, but there are only ${open.length} prompts with requirements that a program can check`,
      'Lower it, or add prompts.',
    )
  }
  const order = generators[random].permutation(open.length, seedAt(context, 'draw', 'graded'))
  return order.slice(0, seed_data.graded_held_out + seed_data.graded_count).map((i) => open[i])
}

/**
 * Puts graded prompts together, in the same order, by the grammar of the recipe's prompts. Those held out have other tasks than the others:
 * with the tasks that ship with Laurel, they are on other subjects.
 */
export async function putTogetherGradedPrompts(stage: Stage, reserved: readonly string[]): Promise<GradedPrompt[]> {
  const { prompts, seed_data } = stage.recipe
  const grammar = grammarOf(stage.recipe)
  const tasksIn = async (path: string): Promise<string[]> => promptsOf(await importInThread(path))
  const isOwn = prompts.grammar.tasks === null || prompts.grammar.tasks === 'model'
  const tasks = await tasksIn(isOwn ? taskFiles.own : prompts.grammar.tasks!)
  const others = isOwn ? await tasksIn(taskFiles.heldOut) : tasks
  const seed = (part: string): number => seedAt(stage, 'graded', part)
  // Other measurements may share their tasks and prompts: all that matters is that no training does.
  const held = grammarPrompts({ ...grammar, tasks: others, seed: seed('held-out'), count: seed_data.graded_held_out })
  const except = [...reserved, ...held.map(({ text }) => text)]
  const taught = grammarPrompts({ ...grammar, tasks, seed: seed('examples'), count: seed_data.graded_count, except })
  if (held.length < seed_data.graded_held_out || taught.length === 0) {
    const message = `The grammar gives only ${held.length + taught.length} prompts, of which seed_data.graded_held_out holds out ${seed_data.graded_held_out}`
    throw badInput(message, 'Lower it, or use more tasks or families of requirements.')
  }
  return [...held, ...taught]
}

/** Stores the graded prompts as those of iteration 0. */
export function storeGradedPrompts({ store, runId }: RunContext, prompts: readonly GradedPrompt[]): void {
  store.prompts.addRound(runId, 0, 0, prompts.length)
  for (const [position, { text, requirements }] of prompts.entries()) {
    const written = { iteration: 0, round: 0, place: position, position, reason: null, similarity: null, similarTo: null }
    store.prompts.add(runId, { ...written, text, demonstrations: [], requirements: [...requirements] })
  }
}

/** A response and the requirements of its own prompt. */
export interface GradedResponse {
  readonly candidate: CandidateRow
  readonly requirements: readonly Requirement[]
}

/** The responses to the graded prompts: those held out, or those that examples are made of. */
export function gradedResponses({ store, runId, recipe }: RunContext, part: 'held-out' | 'examples'): GradedResponse[] {
  const requirements = new Map(store.prompts.accepted(runId, 0).map((prompt) => [prompt.id, prompt.requirements]))
  return store.candidates
    .ofIteration(runId, 0)
    .filter(({ position }) => position < recipe.seed_data.graded_held_out === (part === 'held-out'))
    .map((candidate) => ({ candidate, requirements: requirements.get(candidate.promptId) ?? [] }))
}

/** Whether a program finds that a response meets a requirement. */
export const meets = ({ instruction, text }: Pick<CandidateRow, 'instruction' | 'text'>, { check }: Requirement): boolean =>
  check !== null && readyCheck(check).isMet(text, instruction)

interface GradedVerdict extends Verdict {
  readonly instruction: string
  readonly response: string
  readonly requirement: string
}

type NewRow = Omit<NewExample, 'kind' | 'position'>

/**
 * Samples the responses to the graded prompts, has programs grade them, and makes at most `room` EFT examples of the verdicts. Some of the
 * responses are instruction examples too, drawn whatever their verdicts are.
 */
export async function gradedExamples(
  stage: Stage,
  room: number,
): Promise<{ examples: NewRow[]; rehearsal: NewRow[]; summary: StageSummary }> {
  const { recipe } = stage
  const { graded_writer, graded_samples } = recipe.seed_data
  const writer = modelNamed(stage, graded_writer)
  await sampleFrom(stage, writer, { first: 0, samples: graded_samples, author: writer.name })
  const graded = gradeAll(stage)
  const kept = balanceVerdicts(graded, { limit: room, seed: seedAt(stage, 'eft', 'verdicts'), random: recipe.random })
  const summary = { graded: graded.length, gradedMet: graded.filter(({ isMet }) => isMet).length, gradedKept: kept.length }
  note(stage, `Programs graded ${graded.length} requirements, ${summary.gradedMet} of them met: ${kept.length} balanced EFT examples.`)
  if (kept.length === 0 && room > 0)
    warn(stage, 'no-eft', 'No kind of requirement is met by some responses and not by others, so verdicts give no EFT examples.')
  const judge = asChecklistJudge(recipe.judge)
  const ask = requirementPrompts(judge)
  const examples = kept.map(({ requirement, isMet, ...row }) => ({
    instruction: ask(row, requirement),
    response: isMet ? judge.answers.yes : judge.answers.no,
  }))
  return { examples: await withVerdictWeights(stage, examples), rehearsal: rehearsalOf(stage), summary }
}

/**
 * Responses to rehearse, each of another prompt as long as there are prompts left. Those that the token limit cut off are among them: without
 * them, the model would learn to be brief.
 */
function rehearsalOf(stage: Stage): NewRow[] {
  const { random, seed_data } = stage.recipe
  const written = gradedResponses(stage, 'examples').filter(({ candidate: { text } }) => text.trim() !== '')
  const order = generators[random].permutation(written.length, seedAt(stage, 'eft', 'rehearsal'))
  const drawn = order.map((i) => written[i].candidate)
  const turns = [...Map.groupBy(drawn, ({ promptId }) => promptId).values()].flatMap((own) =>
    own.map((candidate, turn) => ({ candidate, turn })),
  )
  return turns
    .sort((a, b) => a.turn - b.turn)
    .slice(0, seed_data.graded_rehearsal)
    .map(({ candidate: { instruction, text } }) => ({ instruction, response: text }))
}

/**
 * The verdicts on all responses and their edited copies, by the requirements of their own prompts and by those of others, each once. A copy
 * gets the verdicts that its original gets, so that being edited says nothing, and that on the requirement it was edited to meet.
 */
function gradeAll(stage: Stage): GradedVerdict[] {
  const { recipe } = stage
  const { graded_held_out, graded_swaps, graded_edits, graded_unseen } = recipe.seed_data
  const { deriveSeed, uniform } = generators[recipe.random]
  const prompts = stage.store.prompts.accepted(stage.runId, 0).slice(graded_held_out)
  const seeds = { swaps: seedAt(stage, 'eft', 'swaps'), edits: seedAt(stage, 'eft', 'edits') }
  const unseen = new Set(graded_unseen)
  const verdicts = new Map<string, GradedVerdict>()
  for (const { candidate, requirements } of gradedResponses(stage, 'examples')) {
    const { instruction, text, position, sample } = candidate
    const own = new Set(requirements.map((requirement) => requirement.text))
    const drawOther = (draw: number): readonly Requirement[] => {
      const away = 1 + Math.floor(draw * (prompts.length - 1))
      return prompts[(position - graded_held_out + away) % prompts.length].requirements
    }
    const swapSeed = deriveSeed(seeds.swaps, position, sample)
    const others = Array.from({ length: prompts.length > 1 ? graded_swaps : 0 }, (_, swap) => drawOther(uniform(swapSeed, swap))).flat()
    const grade = (response: string, asked: readonly Requirement[]): void => {
      for (const requirement of asked) {
        const { id } = requirement.check!
        const key = JSON.stringify([instruction, response, requirement.text])
        if (unseen.has(id) || verdicts.has(key)) continue
        const isMet = meets({ instruction, text: response }, requirement)
        const isSwapped = !own.has(requirement.text)
        verdicts.set(key, { instruction, response, requirement: requirement.text, check: id, isMet, isSwapped })
      }
    }
    grade(text, [...requirements, ...others])
    for (let copy = 0; copy < graded_edits; copy++) {
      const editSeed = deriveSeed(seeds.edits, position, sample, copy)
      let drawn = 0
      const draw = (): number => uniform(editSeed, drawn++)
      const wanted = prompts.length > 1 && draw() < 0.5 ? drawOther(draw()) : requirements
      const target = wanted[Math.floor(draw() * wanted.length)]
      const edited = target === undefined ? null : editedToMeet(text, target.check!, { prompt: instruction, draw })
      if (edited !== null) grade(edited, [target, ...requirements, ...others])
    }
  }
  return [...verdicts.values()]
}

/**
 * Gives each example a loss on its first token alone, which is the one that the judge is read by: not on the end of the turn, which every
 * verdict has.
 */
async function withVerdictWeights<Example extends { readonly instruction: string; readonly response: string }>(
  { engines, runId, store, recipe }: Stage,
  examples: readonly Example[],
): Promise<(Example & { weights: number[] })[]> {
  const { path } = store.models.find(runId, 'M0')!
  const rows = examples.map(({ instruction, response }) => demonstrationRow(instruction, response, false))
  const lengths: RowLength[] = []
  for (let from = 0; from < rows.length; from += recipe.chunk) {
    const some = rows.slice(from, from + recipe.chunk)
    lengths.push(
      ...(await engines.of('train').lengths({ task: 'sft', model: path, rows: some, maxLength: limits.tokens, promptWeight: 0 })),
    )
  }
  return examples.map((example, i) => ({
    ...example,
    weights: Array.from({ length: lengths[i].targets }, (_, token) => (token === 0 ? recipe.seed_data.graded_weight : 0)),
  }))
}
