import type { RecipeDocument } from '../../../../main/api/contract/new-run.ts'

/** How a value is entered. `number?`: may be left empty. */
export type FieldKind = 'integer' | 'integer?' | 'number' | 'number?' | 'text' | 'model' | 'file?' | 'choice' | 'switch' | 'list'

/** One value of a recipe, as the form shows and explains it. */
export interface Field {
  readonly key: string
  readonly label: string
  readonly kind: FieldKind
  readonly unit?: string
  /** What it means. */
  readonly means: string
  /** The paper's value, where it gives one. */
  readonly paper?: string
  readonly up?: string
  readonly down?: string
  /** What may be entered, in words. */
  readonly bounds?: string
  readonly choices?: readonly { readonly value: string; readonly label: string }[]
  /** Whether it counts, as the other values are. */
  readonly when?: (recipe: RecipeDocument) => boolean
}

/** Fields that belong together. The first group is what a newcomer needs; the others are folded. */
export interface FieldGroup {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly fields: readonly Field[]
}
