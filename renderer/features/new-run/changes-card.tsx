import type { RecipeDocument } from '../../../main/shared/contract/new-run-contract.ts'
import { Panel } from '../../components/page.tsx'
import { compareRecipes } from '../../components/recipe-rows.ts'
import type { Origin } from './draft.ts'
import { labelOf } from './fields/groups.ts'
import styles from './new-run.module.css'

interface ChangesCardProps {
  readonly origin: Origin
  readonly base: RecipeDocument
  readonly recipe: RecipeDocument
}

/** What differs from the recipe that the form started with. */
export function ChangesCard({ origin, base, recipe }: ChangesCardProps) {
  const changes = compareRecipes([base, recipe]).filter(({ differs }) => differs)
  if (changes.length === 0) return null
  const source = origin.kind === 'run' ? ` from ${origin.name}` : ''
  return (
    <Panel title={`${changes.length === 1 ? '1 value' : `${changes.length} values`} changed${source}`}>
      <dl className={styles.changes}>
        {changes.map(({ key, values: [before, after] }) => (
          <div key={key}>
            <dt title={key}>{labelOf(key)}</dt>
            <dd>
              <del>{before ?? 'none'}</del> <span aria-hidden>→</span> <ins>{after ?? 'none'}</ins>
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
