import type { Training } from '../../../main/shared/contract/charts-contract.ts'
import { count } from '../../components/format.ts'
import { ModelBadge } from '../../components/model-badge.tsx'
import styles from './trained-on.module.css'

/** Training data of each model: rows, and how many of them the user's review changed. */
export const TrainedOn = ({ trainings }: { readonly trainings: readonly Training[] }) => (
  <ul className={styles.list}>
    {trainings.map(({ model, task, rows, truncatedRows, user }) => (
      <li key={model}>
        <ModelBadge name={model} /> <span className="dim">on</span> {count(rows)} {task === 'sft' ? 'examples' : 'pairs'}
        {user !== null && <UserPart user={user} />}
        {truncatedRows !== null && truncatedRows > 0 && <span className="dim">, {count(truncatedRows)} truncated</span>}
      </li>
    ))}
  </ul>
)

function UserPart({ user: { confirmed, swapped, edited, rescored, dropped } }: { readonly user: NonNullable<Training['user']> }) {
  if (confirmed + swapped + edited + rescored + dropped === 0) return <span className="dim">, not reviewed</span>
  const parts = [
    confirmed > 0 && `${count(confirmed)} confirmed`,
    swapped > 0 && `${count(swapped)} swapped`,
    edited > 0 && `${count(edited)} edited`,
    rescored > 0 && `${count(rescored)} rescored`,
    dropped > 0 && `${count(dropped)} left out`,
  ].filter(Boolean)
  return <span className={styles.user}>, after review: {parts.join(', ')}</span>
}
