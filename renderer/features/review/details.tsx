import type { ReviewDecision, ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { isSameDecision } from '../../../main/shared/review-reasons.ts'
import { reasonsText } from '../../components/decision-words.ts'
import { duration, moment } from '../../components/format.ts'
import { ModelText } from '../../components/markdown.tsx'
import styles from './details.module.css'
import { Judgements } from './judgements.tsx'
import { namedCandidates } from './rescore-form.tsx'
import { rewardText } from './reward-text.ts'
import type { Sides } from './sides.ts'

const words: Readonly<Record<ReviewDecision['decision'], string>> = {
  agree: 'agreed with the judge',
  swap: 'flipped',
  tie: 'tie',
  'both-bad': 'both bad',
  edit: 'edited',
  undo: 'undone',
}

/** A prompt's other responses and its history. In blind mode, nothing here reveals the judge's opinion. */
export function Details({
  item,
  sides,
  isHidden,
  isScoring,
}: {
  readonly item: ReviewItem
  readonly sides: Sides | null
  readonly isHidden: boolean
  /** The rescore form is open, so the other responses must be readable. */
  readonly isScoring: boolean
}) {
  const others = namedCandidates(item, sides).slice(sides === null ? 0 : 2)
  const acts = historyOf(item, sides)
  return (
    <div className={styles.details}>
      {others.length > 0 && (
        <details open={sides === null || isScoring || undefined}>
          <summary>
            {sides === null ? 'Responses' : `The prompt’s other ${others.length === 1 ? 'response' : `${others.length} responses`}`}
          </summary>
          {others.map(({ name, candidate }) => (
            <article key={candidate.id} className={styles.other} aria-label={name}>
              <header className={styles.otherHead}>
                <h3>{name}</h3>
                {!isHidden && <Judgements candidate={candidate} />}
              </header>
              <ModelText text={candidate.text} />
            </article>
          ))}
        </details>
      )}
      {acts.length > 0 && !isHidden && (
        <details>
          <summary>History, {acts.length === 1 ? '1 change' : `${acts.length} changes`}</summary>
          <ol className={styles.history}>
            {acts.map(({ key, at, text }) => (
              <li key={key}>
                <span className="dim">{moment(at)}</span> {text}
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  )
}

interface Told {
  readonly key: string
  readonly at: string
  readonly text: string
}

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ')

/** Everything that was done to the prompt, oldest first. */
function historyOf(item: ReviewItem, sides: Sides | null): Told[] {
  const nameOf = (candidateId: number): string =>
    namedCandidates(item, sides).find(({ candidate }) => candidate.id === candidateId)?.name ?? 'a response'
  const decided = (decision: ReviewDecision, last: ReviewDecision | undefined, before: string): Told => ({
    key: `decision ${decision.id}`,
    at: decision.at,
    text: isSameDecision(last, decision)
      ? joined(`${before}${reasonsText(decision) || 'reasons removed'}`, decision.reviewer)
      : joined(
          `${before}${words[decision.decision]}`,
          reasonsText(decision),
          decision.blind ? 'blind' : '',
          decision.batchId === null ? '' : 'in bulk',
          decision.seconds === null ? '' : duration(decision.seconds),
          decision.reviewer,
        ),
  })
  return [
    ...item.decisions.map((decision, i, all) => decided(decision, all[i - 1], '')),
    ...item.earlier.flatMap(({ decisions }) =>
      decisions.map((decision, i) => decided(decision, decisions[i - 1], 'on an earlier pair, no longer in effect: ')),
    ),
    ...item.rescores.map(({ id, at, candidateId, reward }) => ({
      ...{ key: `rescore ${id}`, at },
      text: reward === null ? `${nameOf(candidateId)}: manual score removed` : `${nameOf(candidateId)} scored ${rewardText(reward)}`,
    })),
    ...item.notes.map(({ id, at, text }) => ({ key: `note ${id}`, at, text: text === '' ? 'note deleted' : `note: ${text}` })),
  ].sort((a, b) => a.at.localeCompare(b.at))
}
