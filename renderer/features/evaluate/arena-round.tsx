import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Action } from '../../actions/action.ts'
import { ActionButton, actionProps } from '../../actions/action-button.tsx'
import { useActions } from '../../actions/active-actions.ts'
import { orpc } from '../../api/client.ts'
import { count } from '../../components/format.ts'
import { ModelText } from '../../components/markdown.tsx'
import { ModelBadge } from '../../components/model-badge.tsx'
import { PromptLink } from '../../components/prompt-link.tsx'
import { nextPair, stopWriting, undoVote, votes } from './arena-actions.ts'
import { type ArenaPhase, type ArenaVote, useArena } from './arena-store.ts'
import styles from './evaluate.module.css'

/** The current pair, with keyboard control: a key votes, Enter shows the next pair, U undoes the vote. */
export function ArenaRound() {
  const phase = useArena((state) => state.phase)
  const { voting, undo, next, stop } = useRoundActions(phase.kind)
  if (phase.kind === 'setting-up') return null
  if (phase.kind === 'writing') return <Writing prompt={phase.prompt} tokens={phase.tokens} stop={stop} />
  const { pair } = phase
  const revealed = phase.kind === 'revealed' ? phase.round : null
  const names = phase.kind === 'revealed' ? phase.round : phase.names
  return (
    <section className={styles.round} aria-label="Pair of answers">
      <div className={styles.prompt}>
        <span className={styles.source}>{pair.source === 'typed' ? 'Your prompt' : pair.source}</span>
        <ModelText text={pair.prompt} />
      </div>
      <div className={styles.sides}>
        <Side side="A" text={pair.a} name={names?.a ?? null} isChosen={revealed?.vote === 'A'} />
        <Side side="B" text={pair.b} name={names?.b ?? null} isChosen={revealed?.vote === 'B'} />
      </div>
      <div className={styles.votes}>
        {revealed === null ? (
          voting.map((action) => <ActionButton key={action.name} action={action} />)
        ) : (
          <>
            <ActionButton action={next} variant="filled" />
            <ActionButton action={undo} />
            <span role="status">{verdictOf(revealed)}</span>
            <PromptLink at={`round:${revealed.roundId}`} />
          </>
        )}
      </div>
    </section>
  )
}

function Side({ side, text, name, isChosen }: { side: 'A' | 'B'; text: string; name: string | null; isChosen: boolean }) {
  return (
    <article className={styles.side} data-chosen={isChosen || undefined} aria-label={`Answer ${side}`}>
      <header className={styles.sideHead}>
        <span className={styles.letter}>{side}</span>
        {name !== null && (
          <>
            <ModelBadge name={name.split(' of ')[0]} />
            <span className="dim">{name.includes(' of ') ? name.slice(name.indexOf(' of ')) : ''}</span>
          </>
        )}
      </header>
      {text === '' ? <p className={styles.nothing}>Empty answer.</p> : <ModelText text={text} />}
    </article>
  )
}

interface WritingProps {
  readonly prompt: string | null
  readonly tokens: Readonly<Record<'A' | 'B', number>>
  readonly stop: Action
}

function Writing({ prompt, tokens, stop }: WritingProps) {
  return (
    <section className={styles.round} aria-busy aria-label="Pair of answers">
      <div className={styles.prompt}>
        <span className={styles.source}>Prompt</span>
        <ModelText text={prompt ?? '…'} />
      </div>
      <p role="status" className={styles.writing}>
        Two models are answering: A {count(tokens.A)} tokens, B {count(tokens.B)} tokens.
        <Button {...actionProps(stop)} />
      </p>
    </section>
  )
}

const verdictOf = ({ vote, a, b }: { vote: ArenaVote | null; a: string; b: string }): string => {
  if (vote === 'A') return `You preferred ${a} to ${b}.`
  if (vote === 'B') return `You preferred ${b} to ${a}.`
  return vote === 'skip'
    ? 'Skipped. This pair doesn’t count.'
    : vote === 'tie'
      ? `A tie between ${a} and ${b}.`
      : `Both bad: ${a} and ${b}.`
}

/** The round's actions, bound to its phase and active as shortcuts. */
function useRoundActions(phase: ArenaPhase['kind']): Readonly<{ voting: readonly Action[]; undo: Action; next: Action; stop: Action }> {
  const queries = useQueryClient()
  const actions = useMemo(() => {
    const { vote, undo, next, stop } = useArena.getState()
    const thenRefresh = async (change: Promise<void>): Promise<void> => {
      await change
      await queries.invalidateQueries({ queryKey: orpc.evaluate.arena.standings.key() })
    }
    const isRevealed = phase === 'revealed'
    return {
      voting: votes.map((action) => ({ ...action, enabled: phase === 'voting', perform: () => void thenRefresh(vote(action.vote)) })),
      undo: { ...undoVote, enabled: isRevealed, perform: () => void thenRefresh(undo()) },
      next: { ...nextPair, enabled: isRevealed, perform: () => void next() },
      stop: { ...stopWriting, enabled: phase === 'writing', perform: stop },
    }
  }, [phase, queries])
  useActions(
    'arena',
    'Evaluate, Arena',
    useMemo(() => [...actions.voting, actions.undo, actions.next, actions.stop], [actions]),
  )
  return actions
}
