import type { ReactNode } from 'react'
import styles from './hint.module.css'

/** Placeholder for a part of the page without content: what will be here, and when. */
export function Hint({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className={styles.hint}>
      <div className={styles.title}>{title}</div>
      <p className={styles.text}>{children}</p>
    </div>
  )
}
