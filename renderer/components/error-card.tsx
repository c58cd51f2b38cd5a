import { Button, CopyButton } from '@mantine/core'
import { type ShownError, shownError } from '../api/errors.ts'
import styles from './states.module.css'

interface ErrorCardProps {
  readonly error: unknown
  readonly onRetry?: () => void
  /** Label of the retry button. */
  readonly retry?: string
}

/** An error's message, remedy, and code, with a button that copies all three. */
export function ErrorCard({ error, onRetry, retry = 'Try again' }: ErrorCardProps) {
  const shown = shownError(error)
  return (
    <div className={styles.error} role="alert">
      <div className={styles.errorText}>
        <p className={styles.errorMessage}>{shown.message}</p>
        <p className={styles.errorRemedy}>{shown.remedy}</p>
      </div>
      <div className={styles.errorActions}>
        <span className="code dim">{shown.code}</span>
        <CopyButton value={details(shown)}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy details'}</Button>}
        </CopyButton>
        {onRetry && <Button onClick={onRetry}>{retry}</Button>}
      </div>
    </div>
  )
}

const details = ({ code, message, remedy }: ShownError): string => `${code}\n${message}\n${remedy}\n`
