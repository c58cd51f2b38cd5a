import { z } from 'zod'
import { configuredEngine, engineName, engineSettings } from '../engine-settings.ts'
import { judgeRecipe } from '../recipe.ts'
import { procedure, reading } from './procedure.ts'

/** A configured engine as it is shown. Where its key is from, never the key. */
export const shownEngine = configuredEngine.extend({
  key: z.enum(['environment', 'keyring', 'file']).nullable(),
  /** The methods of judging that it was found to serve, or what it lacks for each; null: not tested, or no limits. */
  judges: z.array(z.object({ method: judgeRecipe.shape.method.unwrap(), lacks: z.string().nullable() })).nullable(),
})
export type ShownEngine = z.infer<typeof shownEngine>

const byName = z.object({ name: engineName })
/** A key travels to main once, and never back. */
const newKey = z.string().min(1).max(4096)

export const enginesContract = {
  list: reading.output(z.array(shownEngine)),
  /** Throws BAD_INPUT if the name is taken. */
  add: procedure.input(byName.extend({ settings: engineSettings, key: newKey.nullable() })).output(z.void()),
  /** Throws BUSY if something that is running uses it. */
  edit: procedure.input(byName.extend({ settings: engineSettings })).output(shownEngine),
  setKey: procedure.input(byName.extend({ key: newKey })).output(z.void()),
  /** Takes seconds to minutes. Throws NETWORK if it can't be reached. */
  test: procedure.input(byName).output(shownEngine),
  /** Its key too, after some seconds in which it can be undone. Throws BUSY if something that is running uses it. */
  remove: procedure.input(byName).output(z.void()),
  /** False: it was removed meanwhile. */
  undoRemove: procedure.input(byName).output(z.boolean()),
}
