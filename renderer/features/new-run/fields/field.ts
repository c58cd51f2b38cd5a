import type { RecipeDocument } from '../../../../main/shared/contract/new-run-contract.ts'

/** Kind of input. `number?`: can be empty. `numbers?`: a list, null if empty. */
type FieldKind =
  | 'integer'
  | 'integer?'
  | 'number'
  | 'number?'
  | 'numbers?'
  | 'text'
  | 'text?'
  | 'model'
  | 'file?'
  | 'choice'
  | 'engine'
  | 'switch'
  | 'list'

/** A recipe value with its label and explanation in the form. */
export interface Field {
  readonly key: string
  readonly label: string
  readonly kind: FieldKind
  readonly unit?: string
  /** The explanation. */
  readonly means: string
  /** The paper's value, if stated. */
  readonly paper?: string
  readonly up?: string
  readonly down?: string
  /** Allowed values. */
  readonly bounds?: string
  /** For a list: suggestions. */
  readonly choices?: readonly { readonly value: string; readonly label: string }[]
  /** Whether the field applies, given the other values. */
  readonly when?: (recipe: RecipeDocument) => boolean
}

/** Related fields. The first group is what a new user needs; the others are collapsed. */
export interface FieldGroup {
  readonly id: string
  readonly title: string
  readonly about: string
  /** Whether the group applies, given the recipe's values. */
  readonly when?: (recipe: RecipeDocument) => boolean
  readonly fields: readonly Field[]
}
