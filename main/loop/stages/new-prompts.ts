import { promptKey } from '../../data/imported.ts'
import { promptFilter } from '../../data/prompt-filters.ts'
import { rougeIndex } from '../../evaluation/rouge-l.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { outsidePrompts } from '../evaluation/outside-checkers.ts'
import { fromFile } from '../prompt-writers/from-file.ts'
import { fromGrammar } from '../prompt-writers/grammar-writer.ts'
import { preQuery } from '../prompt-writers/pre-query.ts'
import { forgetCompletions, type PromptWriter } from '../prompt-writers/prompt-writer.ts'
import { selfInstruct } from '../prompt-writers/self-instruct-writer.ts'
import { modelNamed, type Stage, warn } from '../run-context.ts'
import { progressOf } from '../stage-report.ts'

/** Minimum size of a round; larger rounds are sized by the acceptance rate so far. */
const smallestRound = 8
/** The acceptance rate assumed for a run's first round, and the lower bound for later rounds. */
const firstRate = 0.9
const lowestRate = 0.1
/** Rejection reason for a prompt on which programs will measure the models. */
const isHeldOut = 'held-out'
/** Rejection reason for a prompt that arrived after the target was met. */
const notNeeded = 'not-needed'

/**
 * Generates new prompts until the iteration has enough (paper, section 2.2: self-instruction creation). A round's requests depend only on
 * what earlier rounds stored, and a round is stored whole or not at all.
 * What an engine elsewhere has answered of a round is kept meanwhile.
 */
export async function writePrompts(stage: Stage, current: ModelRow): Promise<void> {
  const { store, recipe, runId, iteration } = stage
  const { count, max_attempts_per_prompt, writer } = recipe.prompts
  const author = writer === 'current' ? current : modelNamed(stage, writer)
  const write = await promptWriterOf(stage, author)
  const progress = progressOf(stage, `prompts by ${author.name}`, count, store.prompts.accepted(runId, iteration).length)
  for (;;) {
    const rounds = store.prompts.rounds(runId, iteration)
    const accepted = rounds.reduce((sum, round) => sum + round.accepted, 0)
    const requests = rounds.reduce((sum, round) => sum + round.requests, 0)
    if (accepted >= count) break
    const wanted = count - accepted
    const size = Math.min(
      write.isSure ? wanted : Math.max(smallestRound, Math.ceil(wanted / acceptanceRate(stage))),
      write.left(requests),
      recipe.chunk,
    )
    if (requests >= count * max_attempts_per_prompt || size === 0) {
      warn(stage, 'few-prompts', `Only ${accepted} of ${count} prompts were accepted after ${requests} attempts. Continuing with these.`)
      break
    }
    progress.add(await writeRound(stage, write, rounds.length, size, requests))
  }
  progress.end()
}

/** The share of requests that gave an accepted prompt, in this iteration if there are any, else in the previous one. */
function acceptanceRate({ store, runId, iteration }: Stage): number {
  for (const at of [iteration, iteration - 1]) {
    const rounds = store.prompts.rounds(runId, at)
    if (rounds.length === 0) continue
    const surplus = store.prompts.rejections(runId, at).find(({ reason }) => reason === notNeeded)?.count ?? 0
    const requests = rounds.reduce((sum, round) => sum + round.requests, -surplus)
    const accepted = rounds.reduce((sum, round) => sum + round.accepted, 0)
    return Math.max(accepted / requests, lowestRate)
  }
  return firstRate
}

/** Runs one round: generates, filters in order, stores. Returns the number of accepted prompts. */
async function writeRound(stage: Stage, write: PromptWriter, round: number, size: number, before: number): Promise<number> {
  const { store, recipe, runId, iteration } = stage
  const written = await write.round(round, size, before)
  const { compared = (prompt: string) => prompt } = write
  const seen = compared ?? ((prompt) => prompt)
  const filters = compared === null ? { ...recipe.prompts.filters, max_rouge_l: 1 } : recipe.prompts.filters
  const filter = promptFilter(filters, rougeIndex(), knownPrompts(stage, seen))
  const closed = new Set((await outsidePrompts(stage)).map(({ text }) => promptKey(text)))
  let position = store.prompts.accepted(runId, iteration).length
  const room = recipe.prompts.count - position
  store.transaction(() => {
    store.prompts.addRound(runId, iteration, round, size)
    written.forEach(({ text, demonstrations, requirements = [], unreadable }, place) => {
      const full = filter.accepted.length >= room
      const refused = unreadable ?? (full ? notNeeded : closed.has(promptKey(text)) ? isHeldOut : undefined)
      const verdict = refused === undefined ? filter.offer(seen(text)) : undefined
      const nearest = verdict?.nearest ?? null
      const reason = refused ?? (verdict?.accepted === false ? verdict.reason : null)
      store.prompts.add(runId, {
        iteration,
        round,
        place,
        text,
        position: reason === null ? position++ : null,
        reason,
        similarity: nearest?.rougeL ?? null,
        similarTo: nearest?.prompt ?? null,
        demonstrations: [...demonstrations],
        requirements: [...requirements],
      })
    })
    forgetCompletions(stage)
  })
  return filter.accepted.length
}

/** What a new prompt must differ from: seed prompts, held-out prompts, and all prompts accepted so far in any iteration. */
function knownPrompts({ store, runId, iteration }: Stage, seen: (prompt: string) => string): string[] {
  const seeds = (['ift', 'demonstration', 'held-out'] as const).flatMap((kind) => store.examples.ofKind(runId, kind))
  const earlier = Array.from({ length: iteration }, (_, i) => store.prompts.accepted(runId, i + 1)).flat()
  return [...new Set([...seeds.map(({ instruction }) => instruction), ...earlier.map(({ text }) => seen(text))])]
}

/** The prompt writer the recipe names. */
function promptWriterOf(stage: Stage, author: ModelRow): Promise<PromptWriter> | PromptWriter {
  switch (stage.recipe.prompts.method) {
    case 'self-instruct':
      return selfInstruct(stage, author)
    case 'pre-query':
      return preQuery(stage, author)
    case 'file':
      return fromFile(stage)
    case 'grammar':
      return fromGrammar(stage, author)
  }
}
