import { useConnection } from '../api/connection.ts'
import styles from './states.module.css'

/** Said while the application cannot be reached. What is on the page stays, and nothing that was stored is lost. */
export function OfflineBar() {
  const state = useConnection((connection) => connection.state)
  if (state !== 'offline') return null
  return (
    <div className={styles.offline} role="status">
      Laurel cannot be reached. The window connects again by itself; everything stored is safe.
    </div>
  )
}
