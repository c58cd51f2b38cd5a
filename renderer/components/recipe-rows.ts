/** One entry of a flattened recipe: `dpo.learning_rate` and its value. */
interface RecipeRow {
  readonly key: string
  readonly value: string
}

type Document = Readonly<Record<string, unknown>>

const isDocument = (value: unknown): value is Document => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A recipe flattened, in its own order. */
export function recipeRows(recipe: Document, path = ''): RecipeRow[] {
  return Object.entries(recipe).flatMap(([name, value]) => {
    const key = path === '' ? name : `${path}.${name}`
    return isDocument(value) ? recipeRows(value, key) : [{ key, value: valueText(value) }]
  })
}

function valueText(value: unknown): string {
  if (value === null) return 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((part) => JSON.stringify(part)).join(', ')
  return String(value)
}

/** One key's values in several recipes; undefined: the recipe lacks the key. */
interface ComparedRow {
  readonly key: string
  readonly values: readonly (string | undefined)[]
  readonly differs: boolean
}

export function compareRecipes(recipes: readonly Document[]): ComparedRow[] {
  const flat = recipes.map((recipe) => new Map(recipeRows(recipe).map(({ key, value }) => [key, value])))
  const keys = [...new Set(flat.flatMap((rows) => [...rows.keys()]))]
  return keys.map((key) => {
    const values = flat.map((rows) => rows.get(key))
    return { key, values, differs: new Set(values).size > 1 }
  })
}
