import { Button, CopyButton, Select, Switch } from '@mantine/core'
import { skipToken, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { orpc } from '../../api/client.ts'
import { Panel } from '../../components/page.tsx'
import { compareRecipes } from '../../components/recipe-rows.ts'
import styles from './recipe-panel.module.css'

/** The run's recipe, and its differences from another run's. */
export function RecipePanel({ run }: { readonly run: RunDetails }) {
  const [otherId, setOtherId] = useState(run.source)
  const [onlyDifferences, setOnlyDifferences] = useState(true)
  const runs = useQuery(orpc.runs.list.queryOptions())
  const other = useQuery(orpc.runs.show.queryOptions({ input: otherId === null ? skipToken : { id: otherId } }))
  const isComparing = otherId !== null && other.data !== undefined
  const rows = compareRecipes(isComparing ? [run.recipe, other.data.recipe] : [run.recipe])
  const shown = isComparing && onlyDifferences ? rows.filter(({ differs }) => differs) : rows
  const choices = (runs.data ?? []).filter(({ id }) => id !== run.id).map(({ id, name }) => ({ value: id, label: `${name} (${id})` }))
  return (
    <Panel
      title="Recipe"
      corner={
        <div className={styles.bar}>
          {isComparing && (
            <Switch
              color="gray"
              label="Only differences"
              checked={onlyDifferences}
              onChange={({ currentTarget: { checked } }) => setOnlyDifferences(checked)}
            />
          )}
          {choices.length > 0 && (
            <Select
              aria-label="Compare with another run"
              placeholder="Compare with"
              clearable
              w={176}
              data={choices}
              value={otherId}
              onChange={setOtherId}
            />
          )}
          <CopyButton value={JSON.stringify(run.recipe, null, 2)}>
            {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy JSON'}</Button>}
          </CopyButton>
        </div>
      }
      flush
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll container must be reachable by keyboard */}
      <section className={styles.scroll} aria-label="Recipe" tabIndex={0}>
        {shown.length === 0 ? (
          <p className={styles.none}>Both runs have the same recipe.</p>
        ) : (
          <table className={styles.table}>
            {isComparing && (
              <thead>
                <tr>
                  <th scope="col">key</th>
                  <th scope="col">this run</th>
                  <th scope="col">{other.data.name}</th>
                </tr>
              </thead>
            )}
            <tbody>
              {shown.map(({ key, values, differs }) => (
                <tr key={key} data-differs={(isComparing && differs) || undefined}>
                  <th scope="row">{key}</th>
                  {values.map((value, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the first is this run, the second the other
                    <td key={i}>{value ?? '–'}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </Panel>
  )
}
