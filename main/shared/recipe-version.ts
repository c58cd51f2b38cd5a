import { LaurelError } from './errors.ts'
import { isObject } from './is-object.ts'

/** A recipe document as written, of any version. */
type Document = Readonly<Record<string, unknown>>

/**
 * Upgrade steps: the first takes version 1 to version 2, and so on. Never edit a step that has shipped; renaming or removing a key takes a
 * new step at the end. A recipe without a version has version 1.
 */
export const upgraders: readonly ((recipe: Document) => Document)[] = [
  (recipe) => recipe, // version 2 only adds the version key
  (recipe) => ({ random: 'murmur', ...recipe }), // the only generator until version 3
  finishedOnlyToEndings,
  (recipe) => (recipe.method === 'spin' ? { spin: { earlier_iterations: 0 }, ...recipe } : recipe), // version 5 repeats earlier pairs
]

/** Version 4 says with one key which endings make a pair. */
function finishedOnlyToEndings(recipe: Document): Document {
  if (!isObject(recipe.pairs) || !('finished_only' in recipe.pairs || 'chosen_finished' in recipe.pairs)) return recipe
  const { finished_only: both, chosen_finished: chosen, ...pairs } = recipe.pairs
  const endings = both === true ? 'finished' : chosen === true ? 'chosen-finished' : 'any'
  return { ...recipe, pairs: { ...pairs, endings } }
}

/** The version that this Laurel writes. */
export const recipeVersion = upgraders.length + 1

/**
 * Upgrades a recipe document to the newest version. A value that isn't an object is returned unchanged, for the schema to reject. Throws
 * UNSUPPORTED if the recipe is newer than this Laurel: guessing the meaning of its keys would change the run.
 */
export function upgradeRecipe(document: unknown, steps = upgraders): unknown {
  if (!isObject(document)) return document
  const { version = 1, ...rest } = document
  const newest = steps.length + 1
  if (!(typeof version === 'number' && Number.isInteger(version) && version >= 1)) return document
  if (version > newest) {
    throw new LaurelError(
      'UNSUPPORTED',
      `version: this recipe has version ${version}, but this Laurel only reads versions up to ${newest}.`,
      'Update Laurel.',
    )
  }
  return { ...steps.slice(version - 1).reduce<Document>((recipe, step) => step(recipe), rest), version: newest }
}
