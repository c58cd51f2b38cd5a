import { skipToken, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { orpc } from '../../api/client.ts'
import { compareRecipes } from '../../components/recipe-rows.ts'
import { RunTags } from '../../components/run-menu/run-tags.tsx'
import styles from './run-facts.module.css'

/** More differences are in the recipe panel. */
const mostShown = 6

/** What the user noted about the run, and how it is related to others. */
export function RunFacts({ run }: { readonly run: RunDetails }) {
  const source = useQuery(orpc.runs.show.queryOptions({ input: run.source === null ? skipToken : { id: run.source } }))
  const runs = useQuery(orpc.runs.list.queryOptions({ enabled: run.group !== null }))
  if (run.tags.length === 0 && run.note === '' && source.data === undefined && run.group === null) return null
  const seeds = (runs.data ?? []).filter(({ group }) => group !== null && group.id === run.group?.id).toReversed()
  return (
    <section className={styles.facts} aria-label="About this run">
      {run.tags.length > 0 && <RunTags tags={run.tags} />}
      {run.note !== '' && <p className={styles.note}>{run.note}</p>}
      {source.data !== undefined && <Difference run={run} source={source.data} />}
      {run.group !== null && seeds.length > 1 && (
        <p>
          One of {seeds.length} seeds of {run.group.name}.{' '}
          <Link href={`/compare?runs=${seeds.map(({ id }) => id).join(',')}`}>Compare them</Link>
        </p>
      )}
    </section>
  )
}

function Difference({ run, source }: { readonly run: RunDetails; readonly source: RunDetails }) {
  const changes = compareRecipes([source.recipe, run.recipe]).filter(
    ({ key, differs }) => differs && key !== 'name' && key !== 'description',
  )
  return (
    <p>
      {changes.length === 0 ? 'The same recipe as ' : 'Like '}
      <Link href={`/runs/${source.id}`}>{source.name}</Link>
      {changes.length > 0 && ', except for '}
      {changes.slice(0, mostShown).map(({ key, values: [before, after] }, i) => (
        <span key={key}>
          {i > 0 && ', '}
          <span className="code">{key}</span> {after ?? 'none'} <span className="dim">(was {before ?? 'none'})</span>
        </span>
      ))}
      {changes.length > mostShown && ` and ${changes.length - mostShown} more`}.{' '}
      <Link href={`/compare?runs=${source.id},${run.id}`}>Compare them</Link>
    </p>
  )
}
