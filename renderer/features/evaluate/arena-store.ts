import { create } from 'zustand'
import type { ArenaPair, ArenaPrompt, RevealedRound } from '../../../main/shared/contract/evaluations-contract.ts'
import { noReasoning, type Reasoning, reasoning } from '../../../main/shared/review-reasons.ts'
import { client } from '../../api/client.ts'
import { keepLocalDraft, localDraft } from '../../components/local-draft.ts'

export type ArenaVote = 'A' | 'B' | 'tie' | 'both-bad' | 'skip'

/** The arena's state. */
export type ArenaPhase =
  | { readonly kind: 'setting-up' }
  | { readonly kind: 'writing'; readonly prompt: string | null; readonly tokens: Readonly<Record<'A' | 'B', number>> }
  | {
      readonly kind: 'voting'
      readonly pair: ArenaPair
      /** The models' names, where the user sees them before the vote. */
      readonly names: Pick<RevealedRound, 'a' | 'b'> | null
      /** Why the user is about to vote so. */
      readonly draft: Reasoning
      readonly since: number
    }
  | { readonly kind: 'revealed'; readonly pair: ArenaPair; readonly round: RevealedRound }

interface ArenaState {
  readonly models: readonly string[] // ids
  readonly prompt: ArenaPrompt | null // null until chosen
  readonly temperature: number
  readonly maxTokens: number
  /** Whether the models' names are hidden until the vote. */
  readonly isBlind: boolean
  readonly phase: ArenaPhase
  readonly error: unknown
  readonly running: AbortController | null
  set(change: Partial<Pick<ArenaState, 'models' | 'prompt' | 'temperature' | 'maxTokens' | 'isBlind'>>): void
  /** Shows the pair that waits for a vote, or else generates a new one. */
  next(): Promise<void>
  vote(vote: ArenaVote): Promise<void>
  /** Why the user votes so: before the vote a draft, which is stored with it, and afterwards a new version of the vote. */
  explain(next: Reasoning): Promise<void>
  undo(): Promise<void>
  stop(): void
}

/** Why the user votes so, drafted or stored. */
export const reasoningIn = (phase: ArenaPhase): Reasoning =>
  phase.kind === 'voting' ? phase.draft : phase.kind === 'revealed' ? phase.round : noReasoning

const keyOfDraft = ({ roundId }: ArenaPair): string => `laurel.arena.why.${roundId}`
const draftOf = (pair: ArenaPair): Reasoning => reasoning.safeParse(localDraft(keyOfDraft(pair))).data ?? noReasoning

/** The arena of this window. Pairs and votes are stored immediately, so a reload loses neither. */
export const useArena = create<ArenaState>((set, get) => {
  /** A pair to vote on. Names are revealed before it is shown, so that the vote is stored as one that isn't blind. */
  async function show(pair: ArenaPair): Promise<void> {
    const names = get().isBlind ? null : await client.evaluate.arena.reveal({ roundId: pair.roundId })
    set({ phase: { kind: 'voting', pair, names, draft: draftOf(pair), since: Date.now() } })
  }

  /** Shows other reasons for the vote, if it is still the one that is shown. */
  function showReasons(roundId: number, { reasons, comment }: Reasoning): void {
    const { phase } = get()
    if (phase.kind === 'revealed' && phase.round.roundId === roundId)
      set({ phase: { ...phase, round: { ...phase.round, reasons, comment } } })
  }

  async function makeRound(running: AbortController): Promise<void> {
    const { models, prompt, temperature, maxTokens } = get()
    if (prompt === null) return
    const waiting = await client.evaluate.arena.waiting({ models: [...models] })
    const isWanted = waiting !== null && (prompt.from !== 'typed' || waiting.prompt === prompt.text.trim())
    if (isWanted) return show(waiting)
    const tokens = { A: 0, B: 0 }
    set({ phase: { kind: 'writing', prompt: null, tokens } })
    const asked = { models: [...models], prompt, sampling: { temperature, topP: temperature === 0 ? 1 : 0.9, maxTokens } }
    let shown: string | null = null
    for await (const event of await client.evaluate.arena.round(asked, { signal: running.signal })) {
      if (event.kind === 'ready') return show(event.pair)
      if (event.kind === 'prompt') shown = event.prompt
      if (event.kind === 'writing') tokens[event.side] = event.tokens
      set({ phase: { kind: 'writing', prompt: shown, tokens: { ...tokens } } })
    }
  }

  return {
    ...{ models: [], prompt: null, temperature: 0.7, maxTokens: 256, isBlind: true, error: null, running: null },
    phase: { kind: 'setting-up' },
    set: (change) => set(change),
    async next() {
      if (get().running !== null) return
      const running = new AbortController()
      set({ running, error: null })
      try {
        await makeRound(running)
      } catch (thrown) {
        if (!running.signal.aborted) set({ error: thrown })
      } finally {
        if (get().phase.kind === 'writing') set({ phase: { kind: 'setting-up' } })
        set({ running: null })
      }
    },
    async vote(vote) {
      const { phase } = get()
      if (phase.kind !== 'voting') return
      const seconds = (Date.now() - phase.since) / 1000
      try {
        const round = await client.evaluate.arena.vote({ roundId: phase.pair.roundId, vote, seconds, ...phase.draft })
        keepLocalDraft(keyOfDraft(phase.pair), null)
        set({ phase: { kind: 'revealed', pair: phase.pair, round }, error: null })
      } catch (thrown) {
        set({ error: thrown })
      }
    },
    async explain({ reasons, comment }) {
      const { phase } = get()
      if (phase.kind === 'voting') {
        keepLocalDraft(keyOfDraft(phase.pair), { reasons, comment })
        set({ phase: { ...phase, draft: { reasons, comment } } })
      }
      if (phase.kind !== 'revealed' || phase.round.vote === null) return
      const { roundId, vote: of } = phase.round
      showReasons(roundId, { reasons, comment })
      try {
        await client.evaluate.arena.explain({ roundId, of, reasons, comment })
      } catch (thrown) {
        showReasons(roundId, phase.round)
        set({ error: thrown })
      }
    },
    async undo() {
      const { phase } = get()
      if (phase.kind !== 'revealed') return
      const { reasons, comment } = phase.round
      const pair = await client.evaluate.arena.undo({ roundId: phase.pair.roundId })
      keepLocalDraft(keyOfDraft(pair), { reasons, comment })
      set({ phase: { kind: 'voting', pair, names: phase.round, draft: { reasons, comment }, since: Date.now() } })
    },
    stop: () => get().running?.abort(),
  }
})
