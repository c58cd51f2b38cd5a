import { ActionButton } from '../../actions/action-button.tsx'
import styles from './desk.module.css'
import { standingDecision } from './sides.ts'
import type { Desk } from './use-desk.ts'
import type { BoundActions } from './use-review-actions.ts'

/** Every action with its key. It stays where it is, whatever the pair. */
export function ActionBar({ desk, actions }: { readonly desk: Desk; readonly actions: BoundActions }) {
  const standing = desk.shown && standingDecision(desk.shown)?.decision
  return (
    <div className={styles.actionBar} role="toolbar" aria-label="What to do with this pair">
      <div className={styles.deciding}>
        <div className={styles.group}>
          <ActionButton action={actions.left} />
          <ActionButton action={actions.right} />
          <ActionButton action={actions.tie} pressed={standing === 'tie' || undefined} />
          <ActionButton action={actions.bothBad} pressed={standing === 'both-bad' || undefined} />
          <ActionButton action={actions.swap} />
          <ActionButton action={actions.undo} />
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

/** What was done last, in a line whose place is always there. */
const Said = ({ desk: { said, shown, isHidden } }: { readonly desk: Desk }) => (
  <p className={styles.said} role="status" data-here={said !== null && said.promptId === shown?.promptId}>
    {said === null
      ? isHidden
        ? 'Scores are hidden and sides mixed until you vote.'
        : ''
      : said.promptId === shown?.promptId
        ? said.text
        : `The one before: ${said.text}`}
  </p>
)
