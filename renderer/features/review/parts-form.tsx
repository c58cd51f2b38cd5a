import { NativeSelect } from '@mantine/core'
import type { ReviewCandidate } from '../../../main/shared/contract/review-contract.ts'
import { type JudgedPart, type PartsByHand, rewardOfParts, withPartsByHand } from '../../../main/shared/judged-parts.ts'
import { dot, fixed } from '../../components/format.ts'
import styles from './forms.module.css'

/** A manual score: as a whole, or from decisions on the requirements. Null and null: the judge's. */
export interface ManualScore {
  readonly reward: number | null
  readonly parts: PartsByHand | null
}

/** The requirements that a candidate was judged by; empty: its judgements have none. */
export const judgedParts = ({ judgements }: ReviewCandidate): readonly JudgedPart[] =>
  judgements.find(({ parts }) => parts !== null)?.parts ?? []

/** The score after a decision on one requirement. */
export function withPart(judged: readonly JudgedPart[], { parts }: ManualScore, place: number, met: boolean | null): ManualScore {
  const decided = judged.map((_, i) => (i === place ? met : (parts?.[i] ?? null)))
  if (decided.every((part) => part === null)) return { reward: null, parts: null }
  return { reward: rewardOfParts(withPartsByHand(judged, decided)), parts: decided }
}

interface PartsFormProps {
  readonly named: readonly { readonly name: string; readonly candidate: ReviewCandidate }[]
  readonly scores: ReadonlyMap<number, ManualScore>
  readonly isHidden: boolean
  readonly onDecide: (candidate: ReviewCandidate, place: number, met: boolean | null) => void
}

const choices = { judge: null, yes: true, no: false } as const

/** The prompt's checklist: a row per requirement, and the user's decision on it for each response. */
export function PartsForm({ named, scores, isHidden, onDecide }: PartsFormProps) {
  const longest = named.reduce<readonly JudgedPart[]>((most, { candidate }) => {
    const parts = judgedParts(candidate)
    return parts.length > most.length ? parts : most
  }, [])
  return (
    <div className={styles.parts}>
      <table>
        <thead>
          <tr>
            <th scope="col">Requirement</th>
            {named.map(({ name, candidate }) => (
              <th key={candidate.id} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {longest.map(({ text, weight }, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a checklist never changes
            <tr key={place}>
              <th scope="row">
                {text}
                {weight !== 1 && <span className="dim">{`${dot}weight ${weight}`}</span>}
              </th>
              {named.map(({ name, candidate }) => {
                const part = judgedParts(candidate)[place]
                if (part === undefined) return <td key={candidate.id} />
                const met = scores.get(candidate.id)?.parts?.[place] ?? null
                return (
                  <td key={candidate.id}>
                    <NativeSelect
                      size="xs"
                      aria-label={`${name}: ${text}`}
                      value={met === null ? 'judge' : met ? 'yes' : 'no'}
                      data={[
                        { value: 'judge', label: isHidden ? 'judge' : `judge: ${fixed(part.yes)}` },
                        { value: 'yes', label: 'yes' },
                        { value: 'no', label: 'no' },
                      ]}
                      onChange={({ currentTarget }) => onDecide(candidate, place, choices[currentTarget.value as keyof typeof choices])}
                    />
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
