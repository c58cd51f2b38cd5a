import { type RefObject, useEffect, useState } from 'react'
import type { ReviewCandidate, ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { ActionButton } from '../../actions/action-button.tsx'
import { fixed } from '../../components/format.ts'
import type { Saving } from '../../components/why/text-bar.tsx'
import styles from './forms.module.css'
import { judgedParts, type ManualScore, PartsForm, withPart } from './parts-form.tsx'
import { rangeText } from './reward-text.ts'
import { ScoreInput } from './score-input.tsx'
import type { Sides } from './sides.ts'
import type { Desk } from './use-desk.ts'
import type { BoundActions } from './use-review-actions.ts'

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
  const range = item.rewardRange
  const [scores, setScores] = useState<ReadonlyMap<number, ManualScore>>(
    () => new Map(item.candidates.map(({ id, reward, parts }) => [id, { reward, parts }])),
  )
  const set = (id: number, score: ManualScore): void => setScores((before) => new Map(before).set(id, score))
  const hasProblem = [...scores.values()].some(({ reward }) => Number.isNaN(reward))
  const hasParts = item.candidates.some((candidate) => judgedParts(candidate).length > 0)
  const save = (): void => {
    if (hasProblem) return
    const changed = item.candidates.flatMap(({ id, reward, parts }): [number, ManualScore][] => {
      const score = scores.get(id)
      const isSame = score?.reward === reward && JSON.stringify(score?.parts) === JSON.stringify(parts)
      return score === undefined || isSame ? [] : [[id, score]]
    })
    desk.setWriting(null)
    if (changed.length > 0) void desk.rescore(new Map(changed))
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
      {hasParts && (
        <PartsForm
          {...{ named, scores }}
          isHidden={desk.isHidden}
          onDecide={(candidate, place, met) =>
            set(candidate.id, withPart(judgedParts(candidate), scores.get(candidate.id) ?? { reward: null, parts: null }, place, met))
          }
        />
      )}
      {named.map(({ name, candidate }, i) => (
        <span key={candidate.id} className={styles.score}>
          <span aria-hidden>{name}</span>
          <ScoreInput
            label={`Score of ${name}`}
            range={range}
            placeholder={desk.isHidden ? rangeText(range) : fixed(candidate.judgeReward, 2)}
            autoFocus={i === 0}
            value={scores.get(candidate.id)?.reward ?? null}
            onChange={(reward) => set(candidate.id, { reward, parts: null })}
          />
        </span>
      ))}
      <button type="submit" className="visually-hidden" tabIndex={-1}>
        Save
      </button>
      <ActionButton action={{ ...actions.save, enabled: !hasProblem }} variant="filled" />
      <ActionButton action={actions.leave} />
      <span className="dim" role="status">
        {hasProblem
          ? `A score must be ${range === null ? 'a number' : `a number from ${rangeText(range)}`}.`
          : `${range === null ? 'Any number' : rangeText(range)}. Leave empty to keep the judge’s score.`}
      </span>
    </form>
  )
}
