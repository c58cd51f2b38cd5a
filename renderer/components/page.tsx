import type { ReactNode } from 'react'
import styles from './page.module.css'

interface PageProps {
  readonly title: ReactNode
  /** Next to the title. */
  readonly status?: ReactNode
  /** Buttons on the right. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page: a fixed header with title and actions, and a scrolling body. */
export function Page({ title, status, actions, children }: PageProps) {
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1 className={styles.title} title={typeof title === 'string' ? title : undefined}>
          {title}
        </h1>
        <div className={styles.status}>{status}</div>
        <div className={styles.actions}>{actions}</div>
      </header>
      <div className={styles.body}>{children}</div>
    </div>
  )
}

interface PanelProps {
  readonly title?: ReactNode
  /** In the panel's top right corner. */
  readonly corner?: ReactNode
  readonly children: ReactNode
  readonly flush?: boolean
}

/** A bordered part of a page. `flush`: no padding (for tables). */
export function Panel({ title, corner, children, flush = false }: PanelProps) {
  return (
    <section className={styles.panel}>
      {(title !== undefined || corner !== undefined) && (
        <div className={styles.panelHead}>
          <h2 className={styles.panelTitle}>{title}</h2>
          {corner}
        </div>
      )}
      <div className={flush ? styles.flush : styles.panelBody}>{children}</div>
    </section>
  )
}
