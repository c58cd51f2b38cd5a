import type { ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { ActionButton } from '../../actions/action-button.tsx'
import styles from './desk.module.css'
import { keyOf } from './queue-order.ts'
import { standingDecision } from './sides.ts'
import type { Desk } from './use-desk.ts'
import type { BoundActions } from './use-review-actions.ts'

/** Buttons for all actions, always in the same position. */
export function ActionBar({ desk, actions }: { readonly desk: Desk; readonly actions: BoundActions }) {
  const standing = desk.shown && standingDecision(desk.shown)?.decision
  return (
    <div className={styles.actionBar} role="toolbar" aria-label="Actions for this pair">
      <div className={styles.deciding}>
        <div className={styles.group}>
          <ActionButton action={actions.left} />
          <ActionButton action={actions.right} />
          <ActionButton action={actions.tie} pressed={standing === 'tie' || undefined} />
          <ActionButton action={actions.bothBad} pressed={standing === 'both-bad' || undefined} />
          <ActionButton action={actions.swap} />
          <ActionButton action={actions.undo} />
          <ActionButton action={actions.redo} />
        </div>
        <Said desk={desk} />
      </div>
      <div className={styles.writing}>
        <div className={styles.group}>
          <ActionButton action={actions.edit} />
          <ActionButton action={actions.rescore} />
          <ActionButton action={actions.note} />
        </div>
        <div className={styles.group}>
          <ActionButton action={actions.skip} />
          <ActionButton action={actions.previous} />
          <ActionButton action={actions.next} />
        </div>
      </div>
    </div>
  )
}

/** The last action, on a line that is always present, so that nothing moves. */
const Said = ({ desk: { said, shown, isHidden, hasSeen } }: { readonly desk: Desk }) => (
  <p className={styles.said} role="status" data-here={said !== null && isAbout(said, shown)}>
    {said === null ? (isHidden ? hiddenWords(hasSeen) : '') : isAbout(said, shown) ? said.text : `Previous pair: ${said.text}`}
  </p>
)

const isAbout = (said: { readonly about: string | null }, shown: ReviewItem | undefined): boolean =>
  said.about === null || (shown !== undefined && said.about === keyOf(shown))

const hiddenWords = (hasSeen: boolean): string =>
  hasSeen
    ? 'You have already seen this pair’s scores, so your vote counts, but not as a blind vote.'
    : 'Scores are hidden and sides shuffled until you vote.'
