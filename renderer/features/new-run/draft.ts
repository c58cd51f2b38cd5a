import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import type { RecipeDocument } from '../../../main/api/contract/new-run.ts'
import { valueAt, withValue } from './document.ts'

/** What a run is begun from: a recipe that ships with Laurel, a file, another run. */
export type Origin =
  | { readonly kind: 'shipped'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'run'; readonly id: string; readonly name: string }

interface Draft {
  readonly origin: Origin | null
  /** The recipe as it was taken over: what is changed is marked against it. */
  readonly base: RecipeDocument
  readonly recipe: RecipeDocument
  readonly name: string
  /** Keys that a person has changed or looked at: their problems are shown at once. */
  readonly touched: readonly string[]
}

const empty: Draft = { origin: null, base: {}, recipe: {}, name: '', touched: [] }

/** The run that is being prepared. It is kept in the window's own storage, so that nothing entered is lost by a reload. */
export const useDraft = create<Draft>()(
  persist(() => empty, {
    name: 'laurel-new-run',
    version: 1,
  }),
)

/** Take a recipe over. */
export const beginFrom = (origin: Origin, recipe: RecipeDocument, name = ''): void =>
  void useDraft.setState({ origin, base: recipe, recipe, name, touched: [] })

export const setName = (name: string): void => void useDraft.setState({ name })

export const setValue = (key: string, value: unknown): void =>
  void useDraft.setState(({ recipe, touched }) => ({ recipe: withValue(recipe, key, value), touched: [...new Set([...touched, key])] }))

/** A value as it was when the recipe was taken over. */
export const resetValue = (key: string): void =>
  void useDraft.setState(({ base, recipe }) => ({ recipe: withValue(recipe, key, valueAt(base, key)) }))

/** From now on every problem is shown. */
export const touchAll = (keys: readonly string[]): void =>
  void useDraft.setState(({ touched }) => ({ touched: [...new Set([...touched, ...keys])] }))

/** The run has been made: the next one is begun anew. */
export const clearDraft = (): void => void useDraft.setState(empty)
