import { z } from 'zod'
import { procedure } from './procedure.ts'

/** Files and folders of the machine that Laurel runs on, which may not be the machine with the browser. */

/** An entry in a folder. Broken links, pipes, and sockets are not listed. */
export const placeEntry = z.object({
  name: z.string(),
  kind: z.enum(['folder', 'file']),
  bytes: z.number().nullable(), // null: a folder
  modified: z.string().nullable(), // ISO 8601, UTC; null: unknown
  /** A Hugging Face model folder or a GGUF file. */
  isModel: z.boolean(),
  isHidden: z.boolean(),
})
export type PlaceEntry = z.infer<typeof placeEntry>

/** A shortcut: `recent` are the folders of recent choices. */
export const shortcut = z.object({ name: z.string(), path: z.string(), group: z.enum(['place', 'recent']) })
export type Shortcut = z.infer<typeof shortcut>

export const listing = z.object({
  folder: z.string(), // absolute
  /** From the root to the folder itself, for breadcrumbs. */
  trail: z.array(z.object({ name: z.string(), path: z.string() })),
  parent: z.string().nullable(), // null: the root
  isModel: z.boolean(),
  /** Folders first, then files, each in natural order (2 before 10). */
  entries: z.array(placeEntry),
  /** Number of entries omitted: very large folders are listed in part. */
  leftOut: z.int(),
  shortcuts: z.array(shortcut),
  separator: z.string(),
})
export type Listing = z.infer<typeof listing>

/** What a path is for. `save`: a file that may not exist yet. `new-folder`: a folder to create. `model`: a model folder or a GGUF file. */
export const placeKind = z.enum(['file', 'folder', 'file-or-folder', 'model', 'save', 'new-folder'])
export type PlaceKind = z.infer<typeof placeKind>

export const placesContract = {
  /**
   * Lists a folder; null: the home folder. A path may start with `~`. `nearest`: if the path is a file or doesn't exist, lists the nearest
   * folder above it instead of failing.
   */
  browse: procedure
    .input(z.object({ path: z.string().nullable(), hidden: z.boolean().default(false), nearest: z.boolean().default(false) }))
    .output(listing),
  /**
   * Resolves a typed path to an absolute one and says why it doesn't suit `kind` (null: it does). Opens nothing, so a model may still turn
   * out to be damaged.
   */
  lookAt: procedure
    .input(z.object({ path: z.string(), kind: placeKind }))
    .output(z.object({ path: z.string(), problem: z.string().nullable(), replaces: z.boolean() })),
  /** Adds the folder of a chosen file to the recent places. */
  remember: procedure.input(z.object({ path: z.string() })).output(z.void()),
}
