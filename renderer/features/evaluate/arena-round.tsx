import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type RefObject, useMemo, useRef, useState } from 'react'
import type { ReviewReason } from '../../../main/shared/review-reasons.ts'
import type { Action } from '../../actions/action.ts'
import { ActionButton, actionProps } from '../../actions/action-button.tsx'
import { useActions } from '../../actions/active-actions.ts'
import { orpc } from '../../api/client.ts'
import { count } from '../../components/format.ts'
import { ModelText } from '../../components/markdown.tsx'
import { ModelLabel } from '../../components/model-badge.tsx'
import { PromptLink } from '../../components/prompt-link.tsx'
import { withToggled } from '../../components/why/reason-actions.ts'
import { type Saving, TextBar } from '../../components/why/text-bar.tsx'
import { WhyBar } from '../../components/why/why-bar.tsx'
import * as infos from './arena-actions.ts'
import { type ArenaPhase, type ArenaVote, reasoningIn, useArena } from './arena-store.ts'
import styles from './evaluate.module.css'

/** The current pair, with keyboard control: a key votes or names a reason, Enter shows the next pair, U undoes the vote. */
export function ArenaRound() {
  const phase = useArena((state) => state.phase)
  const [isSayingWhy, setSayingWhy] = useState(false)
  const saving = useRef<Saving | null>(null)
  const { voting, whys, form, undo, next, stop } = useRoundActions(phase.kind, { isSayingWhy, setSayingWhy, saving })
  if (phase.kind === 'setting-up') return null
  if (phase.kind === 'writing') return <Writing prompt={phase.prompt} tokens={phase.tokens} stop={stop} />
  const { pair } = phase
  const revealed = phase.kind === 'revealed' ? phase.round : null
  const names = phase.kind === 'revealed' ? phase.round : phase.names
  const { reasons, comment } = reasoningIn(phase)
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
      {isSayingWhy ? (
        <TextBar
          name="Why"
          label="Why you vote so"
          placeholder="What decides it? Saved with your vote."
          start={comment}
          maxLength={2000}
          onType={(text) => {
            if (revealed === null) void useArena.getState().explain({ reasons, comment: text })
          }}
          onSave={(text) => {
            setSayingWhy(false)
            void useArena.getState().explain({ reasons, comment: text.trim() })
          }}
          actions={form}
          saving={saving}
        />
      ) : (
        comment !== '' && (
          <p className={styles.quiet}>
            {revealed === null ? 'Why, saved with your vote' : 'Why'}: {comment}
          </p>
        )
      )}
      <WhyBar reasons={reasons} actions={whys} />
    </section>
  )
}

function Side({ side, text, name, isChosen }: { side: 'A' | 'B'; text: string; name: string | null; isChosen: boolean }) {
  return (
    <article className={styles.side} data-chosen={isChosen || undefined} aria-label={`Answer ${side}`}>
      <header className={styles.sideHead}>
        <span className={styles.letter}>{side}</span>
        {name !== null && <ModelLabel label={name} />}
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

interface RoundForm {
  readonly isSayingWhy: boolean
  readonly setSayingWhy: (isSaying: boolean) => void
  readonly saving: RefObject<Saving | null>
}

/** The round's actions, bound to its phase and active as shortcuts. */
function useRoundActions(phase: ArenaPhase['kind'], { isSayingWhy, setSayingWhy, saving }: RoundForm) {
  const queries = useQueryClient()
  const actions = useMemo(() => {
    const { vote, explain, undo, next, stop } = useArena.getState()
    const thenRefresh = async (change: Promise<void>): Promise<void> => {
      await change
      await queries.invalidateQueries({ queryKey: orpc.evaluate.arena.standings.key() })
    }
    const isReading = !isSayingWhy
    const [isVoting, isRevealed] = [isReading && phase === 'voting', isReading && phase === 'revealed']
    const hasPair = isVoting || isRevealed
    const toggle = (reason: ReviewReason): void => {
      const { reasons, comment } = reasoningIn(useArena.getState().phase)
      void thenRefresh(explain({ reasons: withToggled(reasons, reason), comment }))
    }
    const reasons = infos.reasons.map((action): [ReviewReason, Action] => [
      action.name,
      { ...action, enabled: hasPair, perform: () => toggle(action.name) },
    ])
    const why: Action = { ...infos.why, enabled: hasPair, perform: () => setSayingWhy(true) }
    return {
      voting: infos.votes.map((action) => ({ ...action, enabled: isVoting, perform: () => void thenRefresh(vote(action.vote)) })),
      whys: { ...(Object.fromEntries(reasons) as Record<ReviewReason, Action>), why },
      form: {
        save: { ...infos.whyForm.save, enabled: isSayingWhy, perform: () => saving.current?.save() },
        leave: { ...infos.whyForm.leave, enabled: isSayingWhy, perform: () => setSayingWhy(false) },
      },
      undo: { ...infos.undoVote, enabled: isRevealed, perform: () => void thenRefresh(undo()) },
      next: { ...infos.nextPair, enabled: isRevealed, perform: () => void next() },
      stop: { ...infos.stopWriting, enabled: phase === 'writing', perform: stop },
    }
  }, [phase, isSayingWhy, setSayingWhy, saving, queries])
  const { voting, whys, form, undo, next, stop } = actions
  useActions(
    'arena',
    'Evaluate, Arena',
    useMemo(() => [...voting, ...Object.values(whys), ...Object.values(form), undo, next, stop], [voting, whys, form, undo, next, stop]),
  )
  return actions
}
