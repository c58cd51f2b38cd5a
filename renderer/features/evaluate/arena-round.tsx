import { Button, Kbd } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { keyOf } from '../../actions/action.ts'
import { orpc } from '../../api/client.ts'
import { count } from '../../components/format.ts'
import { ModelText } from '../../components/markdown.tsx'
import { ModelBadge } from '../../components/model-badge.tsx'
import { type ArenaVote, useArena } from './arena-store.ts'
import styles from './evaluate.module.css'

interface VoteAction {
  readonly vote: ArenaVote
  readonly key: string
  readonly label: string
}

const votes: readonly VoteAction[] = [
  { vote: 'A', key: '1', label: 'A is better' },
  { vote: 'B', key: '2', label: 'B is better' },
  { vote: 'tie', key: 't', label: 'Tie' },
  { vote: 'both-bad', key: 'x', label: 'Both bad' },
  { vote: 'skip', key: 's', label: 'Skip' },
]

/** The current pair, with keyboard control: a key votes, Enter shows the next pair, U undoes the vote. */
export function ArenaRound() {
  const phase = useArena((state) => state.phase)
  const vote = useVote()
  useKeys(vote)
  if (phase.kind === 'setting-up') return null
  if (phase.kind === 'writing') return <Writing prompt={phase.prompt} tokens={phase.tokens} />
  const { pair } = phase
  const revealed = phase.kind === 'revealed' ? phase.round : null
  return (
    <section className={styles.round} aria-label="Pair of answers">
      <div className={styles.prompt}>
        <span className={styles.source}>{pair.source === 'typed' ? 'Your prompt' : pair.source}</span>
        <ModelText text={pair.prompt} />
      </div>
      <div className={styles.sides}>
        <Side side="A" text={pair.a} name={revealed?.a ?? null} isChosen={revealed?.vote === 'A'} />
        <Side side="B" text={pair.b} name={revealed?.b ?? null} isChosen={revealed?.vote === 'B'} />
      </div>
      <div className={styles.votes}>
        {revealed === null ? (
          votes.map((action) => (
            <Button key={action.vote} onClick={() => void vote(action.vote)} leftSection={<Kbd size="xs">{action.key.toUpperCase()}</Kbd>}>
              {action.label}
            </Button>
          ))
        ) : (
          <>
            <Button variant="filled" onClick={() => void useArena.getState().next()} leftSection={<Kbd size="xs">Enter</Kbd>}>
              Next pair
            </Button>
            <Button onClick={() => void vote('undo')} leftSection={<Kbd size="xs">U</Kbd>}>
              Undo
            </Button>
            <span role="status">{verdictOf(revealed)}</span>
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

function Writing({ prompt, tokens }: { readonly prompt: string | null; readonly tokens: Readonly<Record<'A' | 'B', number>> }) {
  return (
    <section className={styles.round} aria-busy aria-label="Pair of answers">
      <div className={styles.prompt}>
        <span className={styles.source}>Prompt</span>
        <ModelText text={prompt ?? '…'} />
      </div>
      <p role="status" className={styles.writing}>
        Two models are answering: A {count(tokens.A)} tokens, B {count(tokens.B)} tokens.
        <Button onClick={() => useArena.getState().stop()}>Stop</Button>
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

/** Votes and refreshes the standings. */
function useVote(): (vote: ArenaVote | 'undo') => Promise<void> {
  const queries = useQueryClient()
  return async (vote) => {
    const arena = useArena.getState()
    await (vote === 'undo' ? arena.undo() : arena.vote(vote))
    await queries.invalidateQueries({ queryKey: orpc.evaluate.arena.standings.key() })
  }
}

/** Handles keys on the whole page, except in text fields, dialogs, and lists. */
function useKeys(vote: (vote: ArenaVote | 'undo') => Promise<void>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return
      const { phase, next } = useArena.getState()
      const pressed = keyOf(event)
      const action = votes.find(({ key }) => key === pressed)
      if (phase.kind === 'voting' && action !== undefined) void vote(action.vote)
      else if (phase.kind === 'revealed' && pressed === 'u') void vote('undo')
      else if (phase.kind === 'revealed' && event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) void next()
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [vote])
}

const isElsewhere = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, [contenteditable], [role="dialog"], [role="listbox"]') !== null
