import { create } from 'zustand'
import type { ArenaPair, ArenaPrompt, RevealedRound } from '../../../main/shared/contract/evaluations-contract.ts'
import { client } from '../../api/client.ts'

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
  undo(): Promise<void>
  stop(): void
}

/** The arena of this window. Pairs and votes are stored immediately, so a reload loses neither. */
export const useArena = create<ArenaState>((set, get) => {
  /** A pair to vote on. Names are revealed before it is shown, so that the vote is stored as one that isn't blind. */
  async function show(pair: ArenaPair): Promise<void> {
    const names = get().isBlind ? null : await client.evaluate.arena.reveal({ roundId: pair.roundId })
    set({ phase: { kind: 'voting', pair, names, since: Date.now() } })
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
        const round = await client.evaluate.arena.vote({ roundId: phase.pair.roundId, vote, seconds })
        set({ phase: { kind: 'revealed', pair: phase.pair, round }, error: null })
      } catch (thrown) {
        set({ error: thrown })
      }
    },
    async undo() {
      const { phase } = get()
      if (phase.kind !== 'revealed') return
      const pair = await client.evaluate.arena.undo({ roundId: phase.pair.roundId })
      set({ phase: { kind: 'voting', pair, names: phase.round, since: Date.now() } })
    },
    stop: () => get().running?.abort(),
  }
})
