import { reviewReason } from '../../../main/shared/review-reasons.ts'
import { ActionButton } from '../../actions/action-button.tsx'
import styles from './desk.module.css'
import type { Desk } from './use-desk.ts'
import type { BoundActions } from './use-review-actions.ts'

/** Reasons for the decision: optional, and as well before it as after it. */
export const WhyBar = ({ desk: { reasoning }, actions }: { readonly desk: Desk; readonly actions: BoundActions }) => (
  <fieldset className={styles.why}>
    <legend>Why</legend>
    {reviewReason.options.map((reason) => (
      <ActionButton key={reason} action={actions[reason]} variant="subtle" pressed={reasoning.reasons.includes(reason)} />
    ))}
    <ActionButton action={actions.why} variant="subtle" />
  </fieldset>
)
