import { Fragment } from 'react'
import type { Listing, Shortcut } from '../../main/shared/contract/places-contract.ts'
import styles from './place-dialog.module.css'

/** Breadcrumbs from the root to the current folder. */
export function PlaceTrail({ listing, onGo }: { readonly listing: Listing; readonly onGo: (path: string) => void }) {
  const { trail } = listing
  return (
    <nav className={styles.trail} aria-label="Path">
      {trail.map(({ name, path }, i) => (
        <Fragment key={path}>
          {i > 1 && <span aria-hidden>{listing.separator}</span>}
          <button type="button" className={styles.step} aria-current={i === trail.length - 1 || undefined} onClick={() => onGo(path)}>
            {name}
          </button>
        </Fragment>
      ))}
    </nav>
  )
}

const groups = [
  ['place', 'Places'],
  ['recent', 'Recent'],
] as const

interface PlaceShortcutsProps {
  readonly shortcuts: readonly Shortcut[]
  readonly here: string | undefined
  readonly onGo: (path: string) => void
}

export function PlaceShortcuts({ shortcuts, here, onGo }: PlaceShortcutsProps) {
  return (
    <nav className={styles.shortcuts} aria-label="Shortcuts">
      {groups.map(([group, title]) => {
        const some = shortcuts.filter((shortcut) => shortcut.group === group)
        return (
          some.length > 0 && (
            <div key={group}>
              <div className={styles.group}>{title}</div>
              {some.map(({ name, path }) => (
                <button
                  key={path}
                  type="button"
                  className={styles.shortcut}
                  aria-current={path === here || undefined}
                  title={path}
                  onClick={() => onGo(path)}
                >
                  {name}
                </button>
              ))}
            </div>
          )
        )
      })}
    </nav>
  )
}
