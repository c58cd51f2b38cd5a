import { Button } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { chatPreferencesId as preferencesId } from '../../../main/shared/contract/chats-contract.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count, dot, duration } from '../../components/format.ts'
import { ModelText } from '../../components/markdown.tsx'
import { ModelBadge, modelColor } from '../../components/model-badge.tsx'
import styles from './chat.module.css'
import { useChat } from './chat-store.ts'
import type { Answer, Column } from './chat-turns.ts'

interface ChatColumnProps {
  readonly column: Column
  /** The last answer and the other column's can become a pair. */
  readonly isPreferable: boolean
}

/** One model's conversation. */
export function ChatColumn({ column: { id, name, label, hasChatTemplate, turns }, isPreferable }: ChatColumnProps) {
  const conversation = useRef<HTMLDivElement>(null)
  const last = turns.at(-1)
  const length = last?.content.length ?? 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls with a growing reply
  useEffect(() => void conversation.current?.scrollTo({ top: conversation.current.scrollHeight }), [turns.length, length])
  return (
    <section className={styles.column} aria-label={label} style={{ borderTopColor: modelColor(name) }}>
      <header className={styles.columnHead}>
        <ModelBadge name={name} />
        {label !== name && <span className={styles.of}>{label.slice(name.length)}</span>}
      </header>
      <div className={styles.turns} ref={conversation}>
        {!hasChatTemplate && <p className={styles.hint}>No chat template: the model continues your text as is.</p>}
        {turns.map((turn, i) =>
          turn.role === 'user' ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: turns are only appended
            <p key={i} className={styles.user}>
              {turn.content}
            </p>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <AnswerView key={i} answer={turn}>
              {isPreferable && i === turns.length - 1 && (
                <Button size="compact-xs" onClick={() => void useChat.getState().prefer(id)}>
                  Prefer this answer
                </Button>
              )}
              {turn.preference !== null && i === turns.length - 1 && (
                <Button size="compact-xs" variant="subtle" color="gray" onClick={() => void useChat.getState().withdraw()}>
                  Undo
                </Button>
              )}
            </AnswerView>
          ),
        )}
      </div>
    </section>
  )
}

function AnswerView({ answer, children }: { readonly answer: Answer; readonly children: ReactNode }) {
  const { content, state, error, preference, continuesWith } = answer
  return (
    <div className={styles.answer} aria-busy={state === 'writing' || state === 'loading'} data-state={state}>
      {content !== '' && <ModelText text={content} />}
      {error !== null && <ErrorCard error={error} />}
      <p className={styles.figures}>{figuresOf(answer)}</p>
      <div className={styles.preference}>
        {preference !== null && (
          <span className={styles.preferred}>
            Preferred: a pair in <Link href={`/data/sets/${preferencesId}`}>Preferences from chats</Link>.
          </span>
        )}
        {continuesWith !== null && (
          <span className={styles.rejected}>Not preferred. The conversation continues from the other answer.</span>
        )}
        {children}
      </div>
    </div>
  )
}

/** A reply's state and figures in one line. */
function figuresOf({ state, tokens, startedAt, seconds, finishReason, seed, content, error }: Answer): string {
  const elapsed = seconds ?? (startedAt === null ? 0 : (Date.now() - startedAt) / 1000)
  const pace = tokens > 1 && elapsed > 0.05 ? `${dot}${(tokens / elapsed).toPrecision(3)} tokens/s` : ''
  switch (state) {
    case 'waiting':
      return 'queued'
    case 'loading':
      return 'loading model …'
    case 'writing':
      return `writing${dot}${tokensText(tokens)}${pace}`
    case 'stopped':
      return content === '' ? 'stopped before it started' : `stopped${dot}${tokensText(tokens)}`
    case 'failed':
      return error?.code === 'ENGINE_LOST' ? 'The next message starts a new engine.' : ''
    case 'done':
      return `${tokensText(tokens)} in ${elapsed < 0.1 ? `${Math.round(1000 * elapsed)} ms` : duration(elapsed)}${pace}${dot}seed ${seed}${finishReason === 'length' ? `${dot}cut off at max tokens` : ''}`
  }
}

const tokensText = (tokens: number): string => (tokens === 1 ? '1 token' : `${count(tokens)} tokens`)
