import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import type { RecipeDocument } from '../../../main/shared/contract/new-run-contract.ts'
import { valueAt, withValue } from './document.ts'

/** Where the recipe comes from: shipped with Laurel, a file, or another run. `edit`: it is a run's own, which is being changed. */
export type Origin =
  | { readonly kind: 'shipped'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'run'; readonly id: string; readonly name: string }
  | { readonly kind: 'edit'; readonly id: string; readonly name: string; readonly started: boolean }

interface Draft {
  readonly origin: Origin | null
  /** The recipe as loaded; changes are marked relative to it. */
  readonly base: RecipeDocument
  readonly recipe: RecipeDocument
  readonly name: string
  /** Keys that the user has changed or visited; their problems are shown. */
  readonly touched: readonly string[]
  /** Ranked prompts to measure judges on, at most. */
  readonly probePrompts: number
  /** How many runs to create that differ in their seed alone. */
  readonly seeds: number
  /** ID of the run to wait for. */
  readonly after: string | null
}

const empty: Draft = { origin: null, base: {}, recipe: {}, name: '', touched: [], probePrompts: 30, seeds: 1, after: null }

/** The draft of a new run, in local storage, so that it survives a reload. */
export const useDraft = create<Draft>()(
  persist(() => empty, {
    name: 'laurel-new-run',
    version: 1,
  }),
)

/** Start the draft from a recipe. */
export const beginFrom = (origin: Origin, recipe: RecipeDocument, name = ''): void =>
  void useDraft.setState({ origin, base: recipe, recipe, name, touched: [], seeds: 1, after: null })

export const setProbePrompts = (probePrompts: number): void => void useDraft.setState({ probePrompts })

export const setSeeds = (seeds: number): void => void useDraft.setState({ seeds })

export const setAfter = (after: string | null): void => void useDraft.setState({ after })

export const setName = (name: string): void => void useDraft.setState({ name })

export const setValue = (key: string, value: unknown): void =>
  void useDraft.setState(({ recipe, touched }) => ({ recipe: withValue(recipe, key, value), touched: [...new Set([...touched, key])] }))

/** Restore a value of the loaded recipe. */
export const resetValue = (key: string): void =>
  void useDraft.setState(({ base, recipe }) => ({ recipe: withValue(recipe, key, valueAt(base, key)) }))

/** Show the problems of these keys from now on. */
export const touchAll = (keys: readonly string[]): void =>
  void useDraft.setState(({ touched }) => ({ touched: [...new Set([...touched, ...keys])] }))

/** Discard the draft. */
export const clearDraft = (): void => void useDraft.setState(empty)
