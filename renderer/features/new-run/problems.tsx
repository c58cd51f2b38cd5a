import { touchAll } from './draft.ts'
import { labelOf } from './fields/groups.ts'
import styles from './new-run.module.css'

interface ProblemsProps {
  readonly problems: readonly { readonly key: string; readonly message: string }[]
}

/** Values to set or fix, each with a link to its field. */
export function Problems({ problems }: ProblemsProps) {
  const show = (key: string): void => {
    touchAll([key])
    setTimeout(() => {
      // its group must expand first
      const field = document.getElementById(`field-${key}`)
      field?.scrollIntoView({ block: 'center' })
      const input = field?.matches('input') ? field : field?.querySelector<HTMLElement>('input')
      input?.focus()
    })
  }
  return (
    <ul className={styles.problems} aria-label="Values to fix">
      {problems.map(({ key, message }) => (
        <li key={`${key} ${message}`}>
          <button type="button" onClick={() => show(key)}>
            {labelOf(key)}
          </button>
          : {message}
        </li>
      ))}
    </ul>
  )
}
