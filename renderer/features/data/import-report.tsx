import type { FileReport, LeftOutRows } from '../../../main/api/contract/data.ts'
import { type Fact, Facts } from '../../components/facts.tsx'
import { bytes, count } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import table from '../../components/table.module.css'
import styles from './data.module.css'
import { contentText, kindMeanings, kindNames, useNames } from './words.ts'

/** A file in a few figures, those that ask for attention in colour. */
export function FileFacts({ report }: { readonly report: FileReport }) {
  const { kind, counts, rejected, skipped, repeatedRows, repeatedPrompts, heldOutPrompts } = report
  const facts: readonly Fact[] = [
    { name: 'Kind', value: kindNames[kind], meaning: kindMeanings[kind] },
    { name: 'Good rows', value: contentText(counts, kind), meaning: 'What will be imported.' },
    {
      name: 'A recipe takes it as',
      value: report.uses.map((use) => useNames[use]).join(', '),
      meaning: 'The keys of a recipe’s seed data that can name it.',
    },
    {
      name: 'Bad rows',
      value: count(rejected.total),
      meaning: 'Rows that do not hold what the format asks for. They are listed below with their line, and not imported.',
      tone: rejected.total > 0 ? 'error' : undefined,
    },
    { name: 'Left out', value: count(skipped.total), meaning: 'Sound rows that are not wanted: another language, deleted, a repetition.' },
    {
      name: 'Repeated rows',
      value: count(repeatedRows),
      meaning: 'Rows that say the same as an earlier one. They are imported, and count twice in a training.',
      tone: repeatedRows > 0 ? 'warning' : undefined,
    },
    {
      name: 'Repeated prompts',
      value: count(repeatedPrompts),
      meaning: 'Prompts that stand in more than one row. All of their rows go to the same part of the seed data.',
      tone: repeatedPrompts > 0 ? 'warning' : undefined,
    },
    {
      name: 'Held-out prompts',
      value: count(heldOutPrompts),
      meaning:
        'Prompts on which runs of this machine measure models or judges. A model trained on them would be measured too well; a run keeps its own held-out prompts out of its training data.',
      tone: heldOutPrompts > 0 ? 'warning' : undefined,
    },
    { name: 'Size', value: bytes(report.bytes), meaning: 'Of the file.' },
  ]
  return <Facts facts={facts} />
}

/** How rows were understood, and which fields are not used. */
export function FileNotes({ notes }: { readonly notes: readonly string[] }) {
  if (notes.length === 0) return null
  return (
    <Panel title="How it is read" flush>
      <ScrollArea className={styles.problems} label="How it is read">
        {notes.map((note) => (
          <p key={note} className={styles.row}>
            {note}
          </p>
        ))}
      </ScrollArea>
    </Panel>
  )
}

/** Rows that are not used, each with its line and the reason. */
export function LeftOutTable({ title, rows }: { readonly title: string; readonly rows: LeftOutRows }) {
  if (rows.total === 0) return null
  const more = rows.total - rows.first.length
  return (
    <Panel title={`${title}: ${count(rows.total)}`} flush>
      <ScrollArea className={styles.problems} label={title}>
        <table className={table.table}>
          <thead>
            <tr>
              <th className={table.number}>Line</th>
              <th className={table.grow}>Reason</th>
            </tr>
          </thead>
          <tbody>
            {rows.first.map(({ line, reason }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line may have several reasons, and the list never changes
              <tr key={i}>
                <td className={table.number}>{count(line)}</td>
                <td className={table.wrap}>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {more > 0 && <p className={styles.row}>And {count(more)} more.</p>}
      </ScrollArea>
    </Panel>
  )
}
