import { Link } from 'wouter'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { isJudged } from '../../../main/shared/method-stages.ts'
import { type Finding, verdictOf } from '../../../main/shared/run-verdict.ts'
import styles from './verdict-card.module.css'

const marks: Readonly<Record<Finding, string>> = { better: '▲', worse: '▼', open: '?' }

/** What a finished run has shown, what would be needed to be sure, and what it doesn't show. */
export function VerdictCard({ run }: { readonly run: RunDetails }) {
  const verdict = run.status === 'finished' ? verdictOf(run) : null
  if (verdict === null) return null
  return (
    <section className={styles.card} data-finding={verdict.finding} aria-label="What the run has shown">
      <h2 className={styles.title}>{verdict.title}</h2>
      <ul className={styles.evidence}>
        {verdict.evidence.map(({ finding, text, remark }) => (
          <li key={text} data-finding={finding}>
            <span className={styles.mark} aria-hidden>
              {marks[finding]}
            </span>
            <span>
              {text} {remark}
            </span>
          </li>
        ))}
      </ul>
      <p className={styles.limits}>{verdict.limits.join(' ')}</p>
      <p className={styles.next}>
        {isJudged(run.recipe) && run.recipe.judge.method !== 'random' && (
          <Link href={`/runs/new?from=${run.id}&as=control`}>Run the control</Link>
        )}
        <Link href={`/runs/new?from=${run.id}&as=continuation`}>One more iteration</Link>
        <Link href={`/compare?runs=${run.id}`}>Compare with other runs</Link>
      </p>
    </section>
  )
}
