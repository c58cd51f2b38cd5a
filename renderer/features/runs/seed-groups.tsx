import { Link } from 'wouter'
import type { RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { judgedText } from '../../components/comparisons.ts'
import { duration, fixed, percent } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { spreadOf, spreadText } from '../../components/spread.ts'
import { newestReward } from './run-columns.tsx'
import { runResult } from './run-result.ts'
import styles from './seed-groups.module.css'

/** Groups of runs that differ in their seed alone: what one of them shows may be the seed's doing. */
export function SeedGroups({ runs }: { readonly runs: readonly RunListing[] }) {
  const groups = [...Map.groupBy(runs, ({ group }) => group?.id ?? null)].flatMap(([id, members]) =>
    id === null || members.length < 2 ? [] : [{ id, name: members[0].group!.name, members }],
  )
  if (groups.length === 0) return null
  return (
    <Panel title="Groups of seeds: mean ± standard deviation over runs (number of runs)" flush>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col">Finished</th>
            <th scope="col">Mean reward</th>
            <th scope="col">Result</th>
            <th scope="col">Run time</th>
            <th scope="col">
              <span className="visually-hidden">Compare</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ id, name, members }) => (
            <GroupRow key={id} name={name} members={members.toReversed()} />
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function GroupRow({ name, members }: { readonly name: string; readonly members: readonly RunListing[] }) {
  const finished = members.filter(({ status }) => status === 'finished')
  const results = finished.map(runResult)
  const first = results[0] ?? null
  const same = results.filter((result) => result !== null && result.what === first?.what && result.judged?.judge === first.judged?.judge)
  const unreadable = same.reduce((sum, result) => sum + (result?.judged?.unreadable ?? 0), 0)
  const text = (values: readonly (number | null | undefined)[], format: (value: number) => string): string => {
    const spread = spreadOf(values)
    return spread === null ? '–' : spreadText(spread, format)
  }
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {finished.length} of {members.length}
      </td>
      <td>{text(finished.map(newestReward), (value) => fixed(value))}</td>
      <td>
        {text(
          same.map((result) => result?.share),
          (value) => percent(value, 1),
        )}
        {first !== null && <span className="dim"> {first.what}</span>}
        {first?.judged != null && <span className="dim">, {judgedText({ ...first.judged, unreadable })}</span>}
      </td>
      <td>
        {text(
          finished.map(({ seconds }) => seconds),
          duration,
        )}
      </td>
      <td>
        <Link href={`/compare?runs=${members.map(({ id }) => id).join(',')}`}>Compare</Link>
      </td>
    </tr>
  )
}
