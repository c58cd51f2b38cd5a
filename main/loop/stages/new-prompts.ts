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
const heldOut = 'held-out'
/** Rejection reason for a prompt that arrived after the target was met. */
const notNeeded = 'not-needed'

/**
 * Generates new prompts until the iteration has enough (paper, section 2.2: self-instruction creation). A round's requests depend only on
 * what earlier rounds stored, and a round is stored whole or not at all.
 * What an engine elsewhere has answered of a round is kept meanwhile.
 */
export async function writePrompts(stage: Stage, current: ModelRow): Promise<void> {
  const { recipe, iteration } = stage
  const { count, max_attempts_per_prompt, writer } = recipe.prompts
  const author = writer === 'current' ? current : modelNamed(stage, writer)
  const write = await promptWriterOf(stage, author)
  const [made, before] = [madeIn(stage, iteration), madeIn(stage, iteration - 1)]
  const progress = progressOf(stage, `prompts by ${author.name}`, count, made.accepted)
  const check = await promptCheck(stage, write)
  while (made.accepted < count) {
    const wanted = count - made.accepted
    const size = Math.min(
      write.isSure ? wanted : Math.max(smallestRound, Math.ceil(wanted / acceptanceRate(made, before))),
      write.left(made.requests),
      recipe.chunk,
    )
    if (made.requests >= count * max_attempts_per_prompt || size === 0) {
      const shares = `${made.accepted} of ${count} prompts were accepted after ${made.requests} attempts`
      warn(stage, 'few-prompts', `Only ${shares}. Continuing with these.`)
      break
    }
    progress.add(await writeRound(stage, write, check, size, made))
  }
  progress.end()
}

/** How many prompts an iteration has. Counted once: counting them before every round would take longer than writing them. */
interface Made {
  rounds: number
  requests: number
  accepted: number
  /** Arrived after the target was met. */
  surplus: number
}

const madeIn = ({ store, runId }: Stage, iteration: number): Made => ({
  ...store.prompts.rounds(runId, iteration),
  accepted: store.counts.prompts(runId, iteration).accepted,
  surplus: store.prompts.rejections(runId, iteration).find(({ reason }) => reason === notNeeded)?.count ?? 0,
})

/** The share of requests that gave an accepted prompt, in this iteration if there are any, else in the previous one. */
function acceptanceRate(now: Made, before: Made): number {
  const { rounds, requests, accepted, surplus } = now.rounds > 0 ? now : before
  return rounds === 0 ? firstRate : Math.max(accepted / (requests - surplus), lowestRate)
}

/** Decides on prompts of the run, which it knows all: one check serves all rounds. */
interface PromptCheck {
  readonly filter: ReturnType<typeof promptFilter>
  /** The part of a prompt that is compared. */
  readonly seen: (prompt: string) => string
  readonly isHeldOut: (prompt: string) => boolean
}

async function promptCheck(stage: Stage, { compared = (prompt) => prompt }: PromptWriter): Promise<PromptCheck> {
  const { filters } = stage.recipe.prompts
  const seen = compared ?? ((prompt) => prompt)
  const closed = new Set((await outsidePrompts(stage)).map(({ text }) => promptKey(text)))
  const known = knownPrompts(stage, seen)
  return {
    seen,
    filter: promptFilter(compared === null ? { ...filters, max_rouge_l: 1 } : filters, rougeIndex(), known),
    isHeldOut: (prompt) => closed.has(promptKey(prompt)),
  }
}

/** Runs one round: generates, filters in order, stores, and counts what it made. Returns the number of accepted prompts. */
async function writeRound(
  stage: Stage,
  write: PromptWriter,
  { filter, seen, isHeldOut }: PromptCheck,
  size: number,
  made: Made,
): Promise<number> {
  const { store, recipe, runId, iteration } = stage
  const round = made.rounds
  const written = await write.round(round, size, made.requests)
  let position = made.accepted
  store.transaction(() => {
    store.prompts.addRound(runId, iteration, round, size)
    written.forEach(({ text, demonstrations, requirements = [], unreadable }, place) => {
      const full = position >= recipe.prompts.count
      const refused = unreadable ?? (full ? notNeeded : isHeldOut(text) ? heldOut : undefined)
      const verdict = refused === undefined ? filter.offer(seen(text)) : undefined
      const nearest = verdict?.nearest ?? null
      const reason = refused ?? (verdict?.accepted === false ? verdict.reason : null)
      if (reason === notNeeded) made.surplus++
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
  const accepted = position - made.accepted
  made.rounds++
  made.requests += size
  made.accepted = position
  return accepted
}

/** What a new prompt must differ from: seed prompts, held-out prompts, and all prompts accepted so far in any iteration. */
function knownPrompts({ store, runId, iteration }: Stage, seen: (prompt: string) => string): Set<string> {
  const seeds = (['ift', 'demonstration', 'held-out'] as const).flatMap((kind) => store.examples.ofKind(runId, kind))
  const known = new Set(seeds.map(({ instruction }) => instruction))
  for (let earlier = 1; earlier <= iteration; earlier++) {
    for (const span of store.prompts.spans(runId, earlier)) {
      for (const { text } of store.prompts.accepted(runId, earlier, span)) known.add(seen(text))
    }
  }
  return known
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
