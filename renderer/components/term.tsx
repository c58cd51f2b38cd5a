import { Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import styles from './term.module.css'

/** A word of the method, with what it means at hand: by pointer and by keyboard. */
export function Term({ means, children }: { readonly means: ReactNode; readonly children: ReactNode }) {
  return (
    <Tooltip label={means} events={{ hover: true, focus: true, touch: true }}>
      <button type="button" className={styles.term}>
        {children}
      </button>
    </Tooltip>
  )
}
