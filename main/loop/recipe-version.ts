import { LaurelError } from '../common/errors.ts'

/** A recipe as it was written, of any version. */
type Document = Readonly<Record<string, unknown>>

/**
 * How a recipe of version 1 becomes one of version 2, and so on. A step that has shipped is never edited; a renamed or removed key is a new step at
 * the end. Recipes without a version are of version 1.
 */
export const upgraders: readonly ((recipe: Document) => Document)[] = [
  (recipe) => recipe, // version 2 only says its version
]

/** The version that this Laurel writes. */
export const recipeVersion = upgraders.length + 1

/**
 * A recipe's document in the newest version. What is no object is given back as it is: the schema says what is wrong with it. Throws UNSUPPORTED
 * where the recipe is newer than this Laurel: to guess what its keys mean would change the run.
 */
export function upgradeRecipe(document: unknown, steps = upgraders): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document
  const { version = 1, ...rest } = document as Document
  const newest = steps.length + 1
  if (!(typeof version === 'number' && Number.isInteger(version) && version >= 1)) return document
  if (version > newest) {
    throw new LaurelError(
      'UNSUPPORTED',
      `version: this recipe is of version ${version}; this Laurel reads versions up to ${newest}.`,
      'Update Laurel.',
    )
  }
  return { ...steps.slice(version - 1).reduce<Document>((recipe, step) => step(recipe), rest), version: newest }
}
