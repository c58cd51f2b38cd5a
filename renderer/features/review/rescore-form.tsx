import { type RefObject, useEffect, useState } from 'react'
import type { ReviewCandidate, ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { ActionButton } from '../../actions/action-button.tsx'
import { fixed } from '../../components/format.ts'
import styles from './forms.module.css'
import { ScoreInput } from './score-input.tsx'
import type { Sides } from './sides.ts'
import type { Desk } from './use-desk.ts'
import type { BoundActions, Saving } from './use-review-actions.ts'

interface RescoreFormProps {
  readonly desk: Desk
  readonly item: ReviewItem
  readonly sides: Sides | null
  readonly actions: BoundActions
  readonly saving: RefObject<Saving | null>
}

/** The prompt's responses with their names on this page. */
export function namedCandidates(item: ReviewItem, sides: Sides | null): { name: string; candidate: ReviewCandidate }[] {
  if (sides === null) return item.candidates.map((candidate) => ({ name: `Response ${candidate.sample + 1}`, candidate }))
  const others = item.candidates.filter(({ id }) => id !== sides.left.id && id !== sides.right.id)
  return [
    { name: 'A', candidate: sides.left },
    { name: 'B', candidate: sides.right },
    ...others.map((candidate, i) => ({ name: `Other ${i + 1}`, candidate })),
  ]
}

/** Manual scores for the prompt's responses. An empty field keeps the judge's score. */
export function RescoreForm({ desk, item, sides, actions, saving }: RescoreFormProps) {
  const named = namedCandidates(item, sides)
  const [scores, setScores] = useState<ReadonlyMap<number, number | null>>(
    () => new Map(item.candidates.map(({ id, reward }) => [id, reward])),
  )
  const hasProblem = [...scores.values()].some(Number.isNaN)
  const save = (): void => {
    if (hasProblem) return
    const changed = item.candidates.filter(({ id, reward }) => scores.get(id) !== reward)
    desk.setWriting(null)
    if (changed.length > 0) void desk.rescore(new Map(changed.map(({ id }) => [id, scores.get(id) ?? null])))
    else desk.say('No scores changed.')
  }
  useEffect(() => {
    saving.current = { save }
    return () => {
      saving.current = null
    }
  })
  return (
    <form
      className={styles.bar}
      aria-label="Manual scores"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      {named.map(({ name, candidate }, i) => (
        <span key={candidate.id} className={styles.score}>
          <span aria-hidden>{name}</span>
          <ScoreInput
            label={`Score of ${name}`}
            placeholder={desk.isHidden ? '0 to 5' : fixed(candidate.judgeReward, 2)}
            autoFocus={i === 0}
            value={scores.get(candidate.id) ?? null}
            onChange={(score) => setScores((before) => new Map(before).set(candidate.id, score))}
          />
        </span>
      ))}
      <button type="submit" className="visually-hidden" tabIndex={-1}>
        Save
      </button>
      <ActionButton action={{ ...actions.save, enabled: !hasProblem }} variant="filled" />
      <ActionButton action={actions.leave} />
      <span className="dim" role="status">
        {hasProblem ? 'A score must be a number from 0 to 5.' : '0 to 5. Leave empty to keep the judge’s score.'}
      </span>
    </form>
  )
}
