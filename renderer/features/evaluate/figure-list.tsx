import { useState } from 'react'
import shared from './evaluate.module.css'
import styles from './evaluations.module.css'
import { figureName, figureText, headline } from './words.ts'

interface FigureListProps {
  readonly kind: string
  readonly figures: Readonly<Record<string, number | null>>
}

/** A result's key figure, and all figures on demand. */
export function FigureList({ kind, figures }: FigureListProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <div>
      <button type="button" className={styles.headline} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {headline(kind, figures)}
        <span className={shared.quiet}>{isOpen ? 'fewer figures' : 'all figures'}</span>
      </button>
      {isOpen && (
        <dl className={styles.figures}>
          {Object.entries(figures).map(([name, value]) => (
            <div key={name}>
              <dt>{figureName(name)}</dt>
              <dd>{figureText(name, value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}
