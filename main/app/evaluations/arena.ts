import { randomInt } from 'node:crypto'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { RequestUsage } from '../../engine/hosts/reporting-engine.ts'
import { judgeOn } from '../../loop/evaluation/judge-engine.ts'
import { storingUsage } from '../../loop/run-engines.ts'
import type { ArenaBallot, ArenaEvent, ArenaPair, ArenaPrompt, RevealedRound } from '../../shared/contract/evaluations-contract.ts'
import type { ChatSampling, LibraryModel } from '../../shared/contract/models-contract.ts'
import { type ConfiguredEngine, ownModelId } from '../../shared/engine-settings.ts'
import type { ArenaVote } from '../../shared/enums.ts'
import { badInput, fromErrorValue, LaurelError } from '../../shared/errors.ts'
import { noReasoning, type Reasoning } from '../../shared/review-reasons.ts'
import type { Store } from '../../store/store.ts'
import type { ArenaRound } from '../../store/tables/arena-table.ts'
import type { DataSets } from '../datasets/data-sets.ts'
import type { SharedEngine } from '../jobs/shared-engine.ts'
import { chat } from '../models/chat-service.ts'
import { labelOf } from '../models/model-library.ts'

/** How often to draw another pair when both answers are equal. After that, the user sees equal answers and may vote a tie. */
const mostDraws = 5

/** A prompt for the arena, and where it is from, in words. */
interface DrawnPrompt {
  readonly prompt: string
  readonly source: string
}

interface ArenaOptions {
  readonly store: Store
  readonly bench: SharedEngine
  readonly dataSets: Pick<DataSets, 'list' | 'rows' | 'row'>
}

/** A server's own model. The server may have another one later, so `id` names both. */
interface ServerModel {
  readonly id: string
  readonly label: string
  readonly open: () => Promise<Engine>
}

/** A model that can answer in the arena. */
export type ArenaModel = LibraryModel | ServerModel

/** Throws BAD_INPUT if the engine has no model of its own. What it is asked is stored as asked by the arena. */
export function serverModel(
  store: Store,
  engine: ConfiguredEngine,
  open: (engine: ConfiguredEngine, onUsage: (usage: RequestUsage) => void) => Promise<Engine>,
): ServerModel {
  const { label } = judgeOn(engine, null)
  return { id: ownModelId(label), label, open: () => open(engine, storingUsage(store, 'arena', engine)) }
}

/** The arena: a user compares two answers without knowing which models wrote them. */
export function arenaApi({ store, bench, dataSets }: ArenaOptions) {
  return {
    /** `models`: ids. */
    waiting(models: readonly string[]): ArenaPair | null {
      const open = store.arena.list().findLast((round) => round.vote === null && isAmong(round, models))
      return open === undefined ? null : pairOf(open)
    },

    async *round(
      models: readonly ArenaModel[],
      wanted: ArenaPrompt,
      sampling: Omit<ChatSampling, 'seed'>,
      signal?: AbortSignal,
    ): AsyncGenerator<ArenaEvent> {
      for (let draw = 1; !signal?.aborted; draw++) {
        const [a, b] = drawPair(models, store.arena.list())
        const { prompt, source } = wanted.from === 'data-set' ? await drawFromSet(dataSets, wanted.id) : drawPrompt(store, wanted)
        yield { kind: 'prompt', prompt, source }
        const [textA, textB] = yield* answers(bench, [a, b], prompt, sampling, signal)
        if (signal?.aborted || (textA === textB && draw < mostDraws)) continue // two equal answers leave nothing to compare
        const [labelA, labelB] = [shownLabel(a), shownLabel(b)]
        const id = store.arena.add({ prompt, source, modelA: a.id, modelB: b.id, labelA, labelB, textA, textB })
        return yield { kind: 'ready', pair: pairOf(store.arena.find(id)) }
      }
    },

    vote(roundId: number, vote: ArenaVote, seconds: number, reasoning: Reasoning = noReasoning): RevealedRound {
      store.arena.vote(roundId, vote, seconds, reasoning)
      return revealed(store.arena.find(roundId))
    },

    /** Stores why the user voted so, as a new version of the vote. Throws BUSY if it is another vote than `of` now. */
    explain(roundId: number, of: ArenaVote, reasoning: Reasoning): RevealedRound {
      return store.transaction(() => {
        const { vote, seconds } = store.arena.find(roundId)
        if (vote !== of) throw new LaurelError('BUSY', 'The vote on these answers has changed.', 'Vote, then say why.')
        store.arena.vote(roundId, of, seconds, reasoning)
        return revealed(store.arena.find(roundId))
      })
    },

    /** The current vote on each round. */
    votes: (): ArenaBallot[] =>
      store.arena.list().flatMap((round): ArenaBallot[] => {
        const { vote, isOpen, prompt, source, textA, textB, seconds, at } = round
        return vote === null ? [] : [{ ...revealed(round), vote, isOpen, prompt, source, textA, textB, seconds, at }]
      }),

    /** Shows the models before the vote. The round is open from then on. */
    reveal(roundId: number): RevealedRound {
      store.arena.reveal(roundId)
      return revealed(store.arena.find(roundId))
    },

    /** Withdraws a vote. Its answer named the models, so another vote on the round isn't blind. */
    undo(roundId: number): ArenaPair {
      store.arena.reveal(roundId)
      store.arena.vote(roundId, 'undo', 0)
      return pairOf(store.arena.find(roundId))
    },
  }
}

/** Generates both models' answers to a prompt and yields progress. */
async function* answers(
  bench: SharedEngine,
  models: readonly ArenaModel[],
  prompt: string,
  sampling: Omit<ChatSampling, 'seed'>,
  signal?: AbortSignal,
): AsyncGenerator<ArenaEvent, string[]> {
  const texts = ['', '']
  const messages = [{ role: 'user', content: prompt }]
  const columns = models.map((model) => ('open' in model ? { open: model.open, messages } : { model, messages }))
  for await (const event of chat(bench, columns, { ...sampling, seed: randomInt(2 ** 31) }, signal)) {
    if (event.kind === 'failed') throw fromErrorValue(event.error)
    if (event.kind === 'piece') yield { kind: 'writing', side: event.column === 0 ? 'A' : 'B', tokens: event.tokens }
    if (event.kind === 'done') texts[event.column] = event.text
  }
  return texts
}

const shownLabel = (model: ArenaModel): string => ('open' in model ? model.label : labelOf(model))

const pairOf = ({ id, prompt, source, textA, textB }: ArenaRound): ArenaPair => ({ roundId: id, prompt, source, a: textA, b: textB })

const revealed = ({ id, labelA, labelB, vote, reasons, comment }: ArenaRound): RevealedRound => ({
  ...{ roundId: id, a: labelA, b: labelB, vote, reasons, comment },
})

const isAmong = ({ modelA, modelB }: ArenaRound, models: readonly string[]): boolean => models.includes(modelA) && models.includes(modelB)

/** Draws one of the pairs that have met least often, with random sides. */
function drawPair(models: readonly ArenaModel[], rounds: readonly ArenaRound[]): [ArenaModel, ArenaModel] {
  const pairs = models.flatMap((a, i) => models.slice(i + 1).map((b) => [a, b] as const))
  if (pairs.length === 0) throw badInput('The arena needs two different models.', 'Choose another model.')
  const meetings = pairs.map(([a, b]) => rounds.filter((round) => isAmong(round, [a.id, b.id])).length)
  const fewest = meetings.reduce((least, count) => Math.min(least, count))
  const rare = pairs.filter((_, i) => meetings[i] === fewest)
  const [a, b] = rare[randomInt(rare.length)]
  return randomInt(2) === 0 ? [a, b] : [b, a]
}

async function drawFromSet(dataSets: ArenaOptions['dataSets'], id: string): Promise<DrawnPrompt> {
  const { total } = await dataSets.rows({ id, offset: 0, limit: 1, search: '' })
  const name = (await dataSets.list()).find((set) => set.id === id)?.name ?? id
  if (total === 0) throw badInput(`The data set ${name} has no prompts.`, 'Choose another source, or enter a prompt.')
  return { prompt: (await dataSets.row({ id, index: randomInt(total) })).prompt, source: name }
}

function drawPrompt(store: Store, wanted: Exclude<ArenaPrompt, { from: 'data-set' }>): DrawnPrompt {
  if (wanted.from === 'typed') return { prompt: wanted.text, source: 'typed' }
  const { id, name } = store.runs.resolve(wanted.runId)
  const prompts = store.examples.ofKind(id, wanted.from === 'held-out' ? 'held-out' : 'ift')
  const what = wanted.from === 'held-out' ? 'held-out prompts' : 'seed data'
  if (prompts.length === 0) throw badInput(`Run ${name} has no ${what}.`, 'Choose another source, or enter a prompt.')
  return { prompt: prompts[randomInt(prompts.length)].instruction, source: `${what} of ${name}` }
}
