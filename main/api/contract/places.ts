import { z } from 'zod'
import { procedure } from './procedure.ts'

/** Files and folders of the machine that Laurel runs on, which need not be the one with the window. */

/** Something in a folder. What leads nowhere (a broken link) and what holds no bytes (a pipe, a socket) is not listed. */
export const placeEntry = z.object({
  name: z.string(),
  kind: z.enum(['folder', 'file']),
  bytes: z.number().nullable(), // null: a folder
  modified: z.string().nullable(), // ISO 8601, UTC; null: not to be known
  /** A Hugging Face model folder or a GGUF file. */
  isModel: z.boolean(),
  isHidden: z.boolean(),
})
export type PlaceEntry = z.infer<typeof placeEntry>

/** A place worth a click: `recent` are the folders in which something was chosen last. */
export const shortcut = z.object({ name: z.string(), path: z.string(), group: z.enum(['place', 'recent']) })
export type Shortcut = z.infer<typeof shortcut>

export const listing = z.object({
  folder: z.string(), // absolute
  /** From the root to the folder itself, for going back up. */
  trail: z.array(z.object({ name: z.string(), path: z.string() })),
  parent: z.string().nullable(), // null: the root
  isModel: z.boolean(),
  /** Folders first, each kind by name as a person counts (2 before 10). */
  entries: z.array(placeEntry),
  /** How many further ones there are: a folder of very many is not listed whole. */
  leftOut: z.int(),
  shortcuts: z.array(shortcut),
  separator: z.string(),
})
export type Listing = z.infer<typeof listing>

/** What a path is wanted for. `save`: a file that may not be there yet. `new-folder`: a folder to be made. `model`: a model folder or a GGUF file. */
export const placeKind = z.enum(['file', 'folder', 'model', 'save', 'new-folder'])
export type PlaceKind = z.infer<typeof placeKind>

export const placesContract = {
  /**
   * What is in a folder; null: the person's own. A path may begin with `~`. `nearest`: where the path is a file or not there, the nearest
   * folder above it instead of an error.
   */
  browse: procedure
    .input(z.object({ path: z.string().nullable(), hidden: z.boolean().default(false), nearest: z.boolean().default(false) }))
    .output(listing),
  /**
   * What a path typed by hand comes to: absolute, and why it will not do for `kind` (null: it will). Nothing is opened, so a model may still
   * turn out to be damaged.
   */
  lookAt: procedure
    .input(z.object({ path: z.string(), kind: placeKind }))
    .output(z.object({ path: z.string(), problem: z.string().nullable(), replaces: z.boolean() })),
  /** Keeps the folder of something that was chosen among the recent places. */
  remember: procedure.input(z.object({ path: z.string() })).output(z.void()),
}
