import { useQuery } from '@tanstack/react-query'
import { orpc } from '../api/client.ts'
import styles from './states.module.css'

/** Says that this window can't change anything. Main refuses whatever would. */
export function ReadOnlyBar() {
  const about = useQuery(orpc.system.about.queryOptions())
  if (about.data?.isReadOnly !== true) return null
  return (
    <div className={styles.readOnly} role="note">
      Read-only: you can look, and change nothing.
    </div>
  )
}
