import { Switch } from '@mantine/core'
import { useState } from 'react'
import { Panel } from '../../components/page.tsx'
import { compareRecipes } from '../../components/recipe-rows.ts'
import styles from './recipe-table.module.css'
import type { RunLook } from './run-looks.ts'

/** The recipes side by side, in full or only their differences. */
export function RecipeTable({ looks }: { readonly looks: readonly RunLook[] }) {
  const [onlyDifferences, setOnlyDifferences] = useState(true)
  const rows = compareRecipes(looks.map(({ run }) => run.recipe))
  const shown = onlyDifferences ? rows.filter(({ differs }) => differs) : rows
  return (
    <Panel
      title="Recipes"
      corner={
        <Switch
          color="gray"
          label="Only differences"
          checked={onlyDifferences}
          onChange={({ currentTarget: { checked } }) => setOnlyDifferences(checked)}
        />
      }
      flush
    >
      {shown.length === 0 ? (
        <p className={styles.none}>The recipes are identical.</p>
      ) : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Key</th>
              {looks.map(({ run, label, letter }) => (
                <th key={run.id} scope="col">
                  {letter} {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ key, values, differs }) => (
              <tr key={key} data-differs={(differs && !onlyDifferences) || undefined}>
                <th scope="row">{key}</th>
                {values.map((value, i) => (
                  <td key={looks[i].run.id}>{value ?? '–'}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
