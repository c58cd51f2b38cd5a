import { Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import styles from './term.module.css'

/** A term with its definition in a tooltip, reachable by pointer and by keyboard. */
export function Term({ means, children }: { readonly means: ReactNode; readonly children: ReactNode }) {
  return (
    <Tooltip label={means} events={{ hover: true, focus: true, touch: true }}>
      <button type="button" className={styles.term}>
        {children}
      </button>
    </Tooltip>
  )
}
