import { Tooltip, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Agreement } from '../../../main/shared/contract/review-agreement.ts'
import { fixed, percent } from '../../components/format.ts'
import styles from './header.module.css'

/** The judge's agreement with the user, next to that of a judge that looks only at length. */
export function AgreementNote({ agreement }: { readonly agreement: Agreement }) {
  const { n, accuracy, interval, kappa, constantAccuracy, lengthAccuracy } = agreement
  if (n === 0) return <Explained agreement={agreement}>agreement: no votes yet</Explained>
  return (
    <Explained agreement={agreement}>
      <span>
        judge agrees with you <b>{percent(accuracy)}</b>{' '}
        <span className="dim">{`(${percent(interval.low)} to ${percent(interval.high)})`}</span>{' '}
        <span className={styles.kappa}>
          κ <b>{fixed(kappa)}</b>
        </span>
      </span>
      <span className="dim">
        length alone {percent(lengthAccuracy)}, always the same {percent(constantAccuracy)}
      </span>
    </Explained>
  )
}

/** A figure with an explanation in its tooltip. */
const Explained = ({ agreement, children }: { readonly agreement: Agreement; readonly children: ReactNode }) => (
  <Tooltip label={<Explanation agreement={agreement} />} events={{ hover: true, focus: true, touch: true }}>
    <UnstyledButton className={styles.agreement}>{children}</UnstyledButton>
  </Tooltip>
)

const Explanation = ({ agreement: { n, ties, blind, lengthKappa, apart } }: { readonly agreement: Agreement }) => (
  <div className={styles.explanation}>
    <p>
      How often the judge prefers the response that you voted for, with a 95% confidence interval. Cohen’s κ corrects for chance agreement:
      0 is chance, 1 is perfect.
    </p>
    <p>
      “Length alone” is a judge that always prefers the longer response (κ {fixed(lengthKappa)}). A judge that does no better may be
      rewarding nothing but length. “Always the same” is a judge that names one side whatever it reads, the one that you prefer more often
      (κ 0).
    </p>
    {[apart.blind, apart.open].every((part) => part.n > 0) && (
      <p>
        Blind votes: {voteShareText(apart.blind)}. Votes after seeing the scores: {voteShareText(apart.open)}. Only blind votes measure the
        judge fairly.
      </p>
    )}
    <p>
      {n} votes, {blind} of them blind. Not counted: {ties} votes for a tie or both bad, edits, manual scores, and bulk decisions.
    </p>
  </div>
)

const voteShareText = ({ n, accuracy, low, high }: Agreement['apart']['blind']): string =>
  `${percent(accuracy)} of ${n} (${percent(low)} to ${percent(high)})`
