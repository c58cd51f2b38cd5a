import type { FileReport, LeftOutRows } from '../../../main/shared/contract/datasets-contract.ts'
import { type Fact, Facts } from '../../components/facts.tsx'
import { bytes, count } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import table from '../../components/table.module.css'
import styles from './data.module.css'
import { contentText, kindMeanings, kindNames, useNames } from './words.ts'

/** A file's key figures; figures that need attention are in color. */
export function FileFacts({ report }: { readonly report: FileReport }) {
  const { kind, counts, rejected, skipped, repeatedRows, repeatedPrompts, nearPrompts, heldOutPrompts } = report
  const facts: readonly Fact[] = [
    { name: 'Kind', value: kindNames[kind], meaning: kindMeanings[kind] },
    { name: 'Valid rows', value: contentText(counts, kind), meaning: 'Rows to import.' },
    {
      name: 'Use in a recipe',
      value: report.uses.map((use) => useNames[use]).join(', '),
      meaning: 'The keys of a recipe’s seed data that can refer to it.',
    },
    {
      name: 'Invalid rows',
      value: count(rejected.total),
      meaning: 'Rows that don’t match the format. They aren’t imported; the list below shows their lines.',
      tone: rejected.total > 0 ? 'error' : undefined,
    },
    { name: 'Skipped', value: count(skipped.total), meaning: 'Valid rows that aren’t wanted: another language, deleted, or a duplicate.' },
    {
      name: 'Repeated rows',
      value: count(repeatedRows),
      meaning: 'Duplicates of earlier rows. They are imported, so training sees them more than once.',
      tone: repeatedRows > 0 ? 'warning' : undefined,
    },
    {
      name: 'Repeated prompts',
      value: count(repeatedPrompts),
      meaning: 'Prompts in more than one row. All rows of a prompt go to the same split of the seed data.',
      tone: repeatedPrompts > 0 ? 'warning' : undefined,
    },
    ...(nearPrompts === null
      ? []
      : [
          {
            name: 'Near-duplicate prompts',
            value: count(nearPrompts),
            meaning:
              'Prompts that are nearly an earlier one (ROUGE-L above 0.7, the limit of the filter for new prompts). They are imported; laurel data convert --drop-near-duplicates leaves them out.',
            tone: nearPrompts > 0 ? ('warning' as const) : undefined,
          },
        ]),
    {
      name: 'Held-out prompts',
      value: count(heldOutPrompts),
      meaning:
        'Prompts that runs on this machine use to evaluate models or judges. Training on them would inflate the results; a run excludes its own held-out prompts from its training data.',
      tone: heldOutPrompts > 0 ? 'warning' : undefined,
    },
    { name: 'Size', value: bytes(report.bytes), meaning: 'Size of the file.' },
  ]
  return <Facts facts={facts} />
}

/** Notes on how rows are interpreted and which fields are ignored. */
export function FileNotes({ notes }: { readonly notes: readonly string[] }) {
  if (notes.length === 0) return null
  return (
    <Panel title="Notes" flush>
      <ScrollArea className={styles.problems} label="Notes">
        {notes.map((note) => (
          <p key={note} className={styles.row}>
            {note}
          </p>
        ))}
      </ScrollArea>
    </Panel>
  )
}

/** Rows that aren't used, with lines and reasons. */
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
