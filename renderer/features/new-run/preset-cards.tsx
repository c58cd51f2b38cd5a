import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ShippedRecipe } from '../../../main/shared/contract/new-run-contract.ts'
import { type Derivation, derivationNames, derivedRecipe, iterationsFrom } from '../../../main/shared/derived-recipes.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { dot } from '../../components/format.ts'
import { beginFrom, type Origin } from './draft.ts'
import styles from './new-run.module.css'

interface PresetCardsProps {
  readonly recipes: readonly ShippedRecipe[]
  readonly origin: Origin | null
}

/** How much a recipe takes. */
const sizes: Readonly<Record<string, string>> = {
  demo: 'Two minutes',
  checkable: 'About an hour on two CPU cores, 8 GB',
  smollm2: 'A quarter of an hour on two CPU cores',
  paper: 'Days on a large GPU',
}

/** What it takes, and what the user has to provide. */
function factOf({ name, missing, suggested_model }: ShippedRecipe): string {
  const files = missing.some((key) => key.startsWith('seed_data.'))
  const model = suggested_model === null ? 'choose a base model' : `needs ${suggested_model}`
  const needs = missing.includes('base_model') ? (files ? 'choose model and data' : model) : files ? 'choose data' : 'nothing to choose'
  return [...(sizes[name] === undefined ? [] : [sizes[name]]), needs].join(dot)
}

/** Starting points: recipes that ship with Laurel, or the user's own. */
export function PresetCards({ recipes, origin }: PresetCardsProps) {
  const [isCustom, setCustom] = useState(origin !== null && origin.kind !== 'shipped')
  const chosen = isCustom ? 'custom' : origin?.kind === 'shipped' ? origin.name : null
  const choose = (recipe: ShippedRecipe): void => {
    setCustom(false)
    beginFrom({ kind: 'shipped', name: recipe.name }, recipe.recipe)
  }
  return (
    <>
      <div className={styles.presets} role="radiogroup" aria-label="Start from">
        {recipes.map((recipe) => (
          <Card
            key={recipe.name}
            title={recipe.title}
            text={recipe.description}
            fact={factOf(recipe)}
            checked={chosen === recipe.name}
            onChoose={() => choose(recipe)}
          />
        ))}
        <Card
          title="Custom"
          text="Start from your own recipe file, or from another run’s recipe."
          fact="Change any value below"
          checked={chosen === 'custom'}
          onChoose={() => setCustom(true)}
        />
      </div>
      {isCustom && <CustomOrigin origin={origin} />}
    </>
  )
}

interface CardProps {
  readonly title: string
  readonly text: string
  readonly fact?: string
  readonly checked: boolean
  readonly onChoose: () => void
}

const Card = ({ title, text, fact, checked, onChoose }: CardProps) => (
  <label className={styles.preset} data-checked={checked}>
    <input type="radio" name="preset" className="visually-hidden" checked={checked} onChange={onChoose} />
    <span className={styles.presetTitle}>{title}</span>
    <span className={styles.presetText}>{text}</span>
    <span className={styles.presetFact}>{fact}</span>
  </label>
)

/** Picks a recipe file or another run. */
function CustomOrigin({ origin }: Pick<PresetCardsProps, 'origin'>) {
  const runs = useQuery(orpc.runs.list.queryOptions())
  const [path, setPath] = useState(origin?.kind === 'file' ? origin.path : '')
  const [error, setError] = useState<unknown>(null)
  const take = async (begin: () => Promise<void>): Promise<void> => {
    setError(null)
    await begin().catch(setError)
  }
  return (
    <div className={styles.custom}>
      <FilePicker
        label="Recipe file"
        kind="file"
        endings={['.json']}
        value={path}
        onChange={setPath}
        onChecked={(isFine, found) => {
          if (isFine && found !== '') void take(() => beginFromFile(found))
        }}
      />
      <Select
        label="Or another run’s recipe"
        placeholder={runs.data?.length === 0 ? 'No runs yet' : 'Choose a run'}
        searchable
        data={runs.data?.map(({ id, name }) => ({ value: id, label: `${name} (${id})` })) ?? []}
        value={origin?.kind === 'run' ? origin.id : null}
        onChange={(id) => id !== null && void take(() => beginFromRun(id))}
      />
      {error !== null && <ErrorCard error={error} />}
    </div>
  )
}

async function beginFromFile(path: string): Promise<void> {
  beginFrom({ kind: 'file', path }, await client.runs.readRecipe({ path }))
}

/** Start from another run's recipe, or from that of a run that follows from it. */
export async function beginFromRun(id: string, derivation: Derivation | null = null): Promise<void> {
  const run = await client.runs.show({ id })
  const recipe = derivation === null ? run.recipe : derivedRecipe(run, derivation)
  const suffix = derivation === null || recipe === null ? 'again' : derivationNames[derivation]
  beginFrom({ kind: 'run', id, name: run.name }, recipe ?? run.recipe, `${run.name} (${suffix})`)
}

/** Change the recipe of a run that exists. */
export async function beginEdit(id: string): Promise<void> {
  const { name, recipe, started } = await client.runs.show({ id })
  beginFrom({ kind: 'edit', id, name, started }, recipe, name)
}

/** Start from a model: with the recipe of the run that trained it, or the smallest one for a real model. */
export async function beginWithModel(path: string, runId: string | null): Promise<void> {
  if (runId !== null) {
    const { name, recipe } = await client.runs.show({ id: runId })
    return beginFrom({ kind: 'run', id: runId, name }, { ...iterationsFrom(recipe, path) }, `${name} (continued)`)
  }
  const recipes = await client.runs.recipes()
  const { name, recipe } = recipes.find(({ missing }) => missing.length === 1 && missing[0] === 'base_model') ?? recipes[0]
  beginFrom({ kind: 'shipped', name }, { ...recipe, base_model: path })
}
