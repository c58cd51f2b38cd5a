import { Popover, TextInput, UnstyledButton } from '@mantine/core'
import type { ReviewOverview } from '../../../main/shared/contract/review-contract.ts'
import { useReviewer } from '../../api/reviewer.ts'
import { reasonWords } from '../../components/decision-words.ts'
import { count, fixed, percent } from '../../components/format.ts'
import styles from './header.module.css'
import { useOwnName } from './own-name.ts'

const shownName = (name: string): string => name || 'anonymous'

/** Whose name decisions get, who has reviewed what and why, and how far the reviewers agree with one another. */
export function Reviewers({ overview: { reviewers, reasons, between } }: { readonly overview: ReviewOverview }) {
  const { name } = useReviewer()
  const shown = shownName(useOwnName())
  return (
    <Popover width={360} position="bottom-start" withinPortal trapFocus>
      <Popover.Target>
        <UnstyledButton className={styles.reviewer}>
          as <b>{shown}</b>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={styles.reviewers}>
          <TextInput
            label="Your name"
            description="Stored with each decision from now on, in this browser only."
            placeholder={shown}
            value={name}
            maxLength={80}
            onChange={({ currentTarget }) => useReviewer.setState({ name: currentTarget.value })}
          />
          {reviewers.length > 0 && (
            <table>
              <thead>
                <tr>
                  <th scope="col">Reviewer</th>
                  <th scope="col">Pairs</th>
                  <th scope="col">Blind</th>
                </tr>
              </thead>
              <tbody>
                {reviewers.map((one) => (
                  <tr key={one.name}>
                    <th scope="row">{shownName(one.name)}</th>
                    <td>{count(one.decided)}</td>
                    <td>{count(one.blind)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {reasons.length > 0 && (
            <table>
              <thead>
                <tr>
                  <th scope="col">Why</th>
                  <th scope="col">Pairs</th>
                  <th scope="col">By</th>
                </tr>
              </thead>
              <tbody>
                {reasons.map(({ reason, n, by }) => (
                  <tr key={reason}>
                    <th scope="row">{reasonWords[reason]}</th>
                    <td>{count(n)}</td>
                    <td>{by.map((one) => `${shownName(one.name)} ${count(one.n)}`).join(', ')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {between.map(({ a, b, n, share, kappa }) => (
            <p key={`${a} ${b}`}>
              {shownName(a)} and {shownName(b)} agree on {percent(share)} of {count(n)} pairs that both decided (κ {fixed(kappa)}).
            </p>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
