import type { DataRow } from '../../../main/shared/contract/datasets-contract.ts'
import { dot } from '../../components/format.ts'
import styles from './data.module.css'

/** A row as imported: the prompt or conversation, and the responses with their roles. */
export function RowView({ row }: { readonly row: DataRow }) {
  const before = row.conversation ?? [{ role: 'prompt', content: row.prompt }]
  return (
    <article className={styles.row}>
      <div className={styles.rowHead}>
        Row {row.index + 1}
        {row.line !== null && <span className="dim">{`${dot}line ${row.line}`}</span>}
      </div>
      {before.map(({ role, content }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the messages of a row never change
        <Text key={i} label={role} text={content} />
      ))}
      {row.answers.map(({ role, rank, text }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the answers of a row never change
        <Text key={i} label={rank === null ? role : `rank ${rank}`} text={text} role={role === 'ranked' && rank === 0 ? 'best' : role} />
      ))}
    </article>
  )
}

function Text({ label, text, role = 'prompt' }: { readonly label: string; readonly text: string; readonly role?: string }) {
  return (
    <div className={styles.text} data-role={role}>
      <span className={styles.label}>{label}</span>
      <div className={styles.content}>{text}</div>
    </div>
  )
}
