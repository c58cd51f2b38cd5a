import { type ConnectionState, useConnection } from '../api/connection.ts'
import styles from './states.module.css'

const texts: Partial<Record<ConnectionState, string>> = {
  offline: 'Laurel can’t be reached. This page reconnects automatically, and everything saved is safe.',
  'signed-out':
    'This browser is no longer signed in. Run `laurel link` on the machine where Laurel runs and open the address that it prints. This page then reconnects.',
}

/** Shown while the application can't be reached; the page stays as it is. */
export function OfflineBar() {
  const text = useConnection((connection) => texts[connection.state])
  if (text === undefined) return null
  return (
    <div className={styles.offline} role="status">
      {text}
    </div>
  )
}
