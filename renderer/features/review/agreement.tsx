import { Tooltip, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Agreement } from '../../../main/api/contract/review.ts'
import { fixed, percent } from '../../components/format.ts'
import styles from './header.module.css'

/** How far the judge sees what the person sees, beside a judge that only measures length. */
export function AgreementNote({ agreement }: { readonly agreement: Agreement }) {
  const { n, accuracy, interval, kappa, lengthAccuracy } = agreement
  if (n === 0) return <Explained agreement={agreement}>agreement: no votes yet</Explained>
  return (
    <Explained agreement={agreement}>
      <span>
        judge agrees with you <b>{percent(accuracy)}</b>{' '}
        <span className="dim">{`(${percent(interval.low)} to ${percent(interval.high)})`}</span>
      </span>
      <span>
        κ <b>{fixed(kappa)}</b>
      </span>
      <span className="dim">length alone {percent(lengthAccuracy)}</span>
    </Explained>
  )
}

/** A figure that says, looked at, what it means. */
const Explained = ({ agreement, children }: { readonly agreement: Agreement; readonly children: ReactNode }) => (
  <Tooltip label={<Explanation agreement={agreement} />} events={{ hover: true, focus: true, touch: true }}>
    <UnstyledButton className={styles.agreement}>{children}</UnstyledButton>
  </Tooltip>
)

const Explanation = ({ agreement: { n, ties, blind, lengthKappa } }: { readonly agreement: Agreement }) => (
  <div className={styles.explanation}>
    <p>
      Share of your votes for one response in which the judge prefers the same one, with its 95% interval. κ (Cohen) is what is left once
      agreement by chance is taken away: 0 is chance, 1 is perfect.
    </p>
    <p>
      “Length alone” is a judge that always takes the longer response (κ {fixed(lengthKappa)}): a judge that does no better may know nothing
      else.
    </p>
    <p>
      {n} votes, {blind} of them blind. Not counted: {ties} ties and both-bads, edits, scores by hand, and decisions on many pairs at once.
    </p>
  </div>
)
