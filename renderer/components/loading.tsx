import { Loader } from '@mantine/core'
import styles from './states.module.css'

/** Spinner with a label. */
export function Loading({ what = 'Loading' }: { readonly what?: string }) {
  return (
    <div className={styles.loading} role="status">
      <Loader size="xs" color="gray" />
      {what}
    </div>
  )
}
