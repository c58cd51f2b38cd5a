import { type Reasoning, reviewReason } from '../../../main/shared/review-reasons.ts'
import { ActionButton } from '../../actions/action-button.tsx'
import type { WhyActions } from './reason-actions.ts'
import styles from './why.module.css'

/** Reasons for a decision: optional, and as well before it as after it. */
export const WhyBar = ({ reasons, actions }: Pick<Reasoning, 'reasons'> & { readonly actions: WhyActions }) => (
  <fieldset className={styles.why}>
    <legend>Why</legend>
    {reviewReason.options.map((reason) => (
      <ActionButton key={reason} action={actions[reason]} variant="subtle" pressed={reasons.includes(reason)} />
    ))}
    <ActionButton action={actions.why} variant="subtle" />
  </fieldset>
)
