import { generators } from '../../common/random.ts'
import { type GradedPrompt, gradedPromptsOf } from '../../data/graded-prompts.ts'
import { importInThread } from '../../data/import-thread.ts'
import {
  demonstrationsOf,
  type Imported,
  type InstructionExample,
  orderedAnswers,
  promptKey,
  promptsOf,
  promptText,
} from '../../data/imported.ts'
import { splitSeedData } from '../../data/split.ts'
import { exampleKind } from '../../shared/enums.ts'
import type { NewExample } from '../../store/tables/examples-table.ts'
import { heldOutChecks, outsidePrompts } from '../evaluation/outside-checkers.ts'
import { grammarOf } from '../prompt-writers/grammar-writer.ts'
import { isGraded } from '../recipe/eft-forms.ts'
import { note, type Stage, warn } from '../run-context.ts'
import type { StageSummary } from '../run-stage.ts'
import { seedAt } from '../stage-work.ts'
import { validationPart } from './choose-checkpoint.ts'
import { drawGradedPrompts, putTogetherGradedPrompts, storeGradedPrompts } from './graded-verdicts.ts'

/**
 * Reads the seed data, splits it (no prompt is in two parts), and stores it in one transaction: from then on the run doesn't depend on the
 * files.
 */
export async function storeSeedData(stage: Stage): Promise<StageSummary> {
  const { store, runId, recipe } = stage
  const files = recipe.seed_data
  const closed = (await outsidePrompts(stage)).map(({ text }) => text)
  const ift = await read(stage, files.ift)
  const eft = await read(stage, files.eft)
  const ranked = await read(stage, files.ranked)
  const heldOutFile = promptsOf(await read(stage, recipe.evaluation.prompts))
  const choice = recipe.checkpoint_choice
  const validationFile = promptsOf(await read(stage, choice.every > 0 ? choice.prompts : null))
  const isFromSeedData = files.ift !== null
  const comparedCount = recipe.evaluation.prompts === null && isFromSeedData ? recipe.evaluation.count : 0
  const validationCount = choice.every > 0 && choice.prompts === null && isFromSeedData ? choice.count : 0
  const split = splitSeedData(ift.instructions, orderedAnswers(ranked), {
    seed: seedAt(stage, 'split'),
    random: recipe.random,
    rankedHeldOut: files.ranked === null ? 0 : files.ranked_held_out,
    ...{ evaluationCount: comparedCount, validationCount },
    reserved: [...heldOutFile, ...validationFile, ...closed],
  })
  const heldOut = recipe.evaluation.prompts === null ? split.evaluation : heldOutFile
  const validation = validationCount > 0 ? split.validation : validationFile.slice(0, choice.count)
  const examples: NewExample[] = [
    ...numbered('ift', draw(stage, 'ift', split.ift, files.ift_limit).map(exampleOf)),
    ...numbered('eft', draw(stage, 'eft', eft.instructions, files.eft_limit).map(exampleOf)),
    ...numbered(
      'demonstration',
      demonstrations(ift, split.ift, [...heldOut, ...validation]).map((instruction) => ({ instruction })),
    ),
    ...rankedExamples('ranked', draw(stage, 'ranked', split.eftTrain, files.ranked_limit ?? split.eftTrain.length)),
    ...rankedExamples('ranked-held-out', split.eftHeldOut),
    ...numbered(
      'held-out',
      heldOut.map((instruction) => ({ instruction })),
    ),
  ]
  const graded = await gradedPrompts(stage, [...heldOut, ...validation, ...closed])
  await warnOfKnownFamilies(stage, graded)
  const counts = Object.fromEntries(exampleKind.options.map((kind) => [kind, examples.filter((example) => example.kind === kind).length]))
  const summary = {
    ...counts,
    ...(graded.length > 0 && { graded: graded.length }),
    ...(validation.length > 0 && { validation: validation.length }),
  }
  store.transaction(() => {
    for (const example of examples) store.examples.add(runId, example)
    if (graded.length > 0) storeGradedPrompts(stage, graded)
    for (const [position, value] of validation.entries())
      store.evaluationUnits.add({ runId }, validationPart, { position, sample: 0, value })
    store.stages.finish(runId, stage.iteration, stage.stage, summary) // same transaction: a file that changes later must not add rows
  })
  return summary
}

/** Warns if requirements of the held-out families are of kinds that the run trains on. */
async function warnOfKnownFamilies(stage: Stage, graded: readonly GradedPrompt[]): Promise<void> {
  const { recipe } = stage
  const { method, file } = recipe.prompts
  const heldOut = checkIdsOf(await heldOutChecks(stage, 'checks_held_out'))
  const written = method === 'grammar' ? grammarOf(recipe).families.map(({ check }) => check) : []
  const listed = method === 'file' && file !== null ? checkIdsOf(gradedPromptsOf(await importInThread(file))) : []
  const known = new Set([...written, ...listed, ...checkIdsOf(graded)])
  const both = heldOut.filter((id) => known.has(id))
  if (both.length > 0)
    warn(stage, 'known-families', `evaluation.checks_held_out has kinds of requirements that the run trains on, too: ${both.join(', ')}.`)
}

const checkIdsOf = (prompts: readonly GradedPrompt[]): string[] => [
  ...new Set(prompts.flatMap(({ requirements }) => requirements.flatMap(({ check }) => (check === null ? [] : [check.id])))),
]

/** The prompts whose responses programs will grade, none of them a held-out prompt. */
async function gradedPrompts(stage: Stage, heldOut: readonly string[]): Promise<GradedPrompt[]> {
  const { recipe } = stage
  if (!isGraded(recipe)) return []
  const { graded_prompts } = recipe.seed_data
  if (graded_prompts === null) return putTogetherGradedPrompts(stage, heldOut)
  return drawGradedPrompts(stage, gradedPromptsOf(await read(stage, graded_prompts)), heldOut)
}

const nothing: Imported = {
  format: 'plain',
  instructions: [],
  ranked: [],
  preferences: [],
  prompts: [],
  rejected: [],
  skipped: [],
  notes: [],
}

/** Reads a file's rows. Reports invalid rows by line, so that the user knows what isn't used. */
async function read(stage: Stage, path: string | null): Promise<Imported> {
  if (path === null) return nothing
  const imported = await importInThread(path)
  const shown = imported.rejected.slice(0, 5).map(({ line, reason }) => `line ${line}: ${reason}`)
  if (shown.length > 0) warn(stage, 'bad-rows', `${path}: ${imported.rejected.length} invalid rows were skipped (${shown.join('; ')}).`)
  if (imported.skipped.length > 0)
    note(stage, `${path}: ${imported.skipped.length} valid rows were left out (${imported.skipped[0].reason} ...).`)
  if (imported.notes.length > 0) note(stage, `${path}: ${imported.notes.slice(0, 5).join(' ')}`)
  return imported
}

/** At most `limit` rows, drawn with the seed and kept in file order. */
function draw<Row>(stage: Stage, part: string, rows: readonly Row[], limit: number): Row[] {
  const drawn = new Set(generators[stage.recipe.random].permutation(rows.length, seedAt(stage, 'draw', part)).slice(0, limit))
  return rows.filter((_, i) => drawn.has(i))
}

type Unplaced = Omit<NewExample, 'kind' | 'position'>

const numbered = (kind: NewExample['kind'], examples: readonly Unplaced[]): NewExample[] =>
  examples.map((example, position) => ({ ...example, kind, position }))

function exampleOf({ prompt, response, weights }: InstructionExample): Unplaced {
  const isConversation = typeof prompt !== 'string' && !(prompt.length === 1 && prompt[0].role === 'user')
  return {
    instruction: promptText(prompt),
    response,
    ...(isConversation && { conversation: prompt }),
    ...(weights !== undefined && { weights }),
  }
}

const rankedExamples = (kind: 'ranked' | 'ranked-held-out', ranked: readonly Imported['ranked'][number][]): NewExample[] =>
  numbered(
    kind,
    ranked.flatMap(({ prompt, answers }, promptNumber) =>
      answers.map(({ text, rank }) => ({ instruction: prompt, response: text, promptNumber, humanRank: rank })),
    ),
  )

/** Tasks that may be used as demonstrations: from training examples, never from held-out ones. */
function demonstrations(imported: Imported, ift: readonly InstructionExample[], heldOut: readonly string[]): string[] {
  const closed = new Set(heldOut.map(promptKey))
  return demonstrationsOf({ ...imported, instructions: ift }).filter((task) => !closed.has(promptKey(task)))
}
