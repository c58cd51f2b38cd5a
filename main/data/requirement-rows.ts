import type { Requirement } from '../shared/requirement.ts'
import { BadRow, fieldsOf } from './importers/fields.ts'
import { hasRequirements, requirementsField } from './importers/requirements.ts'

/** Whether an input row has requirements, in our form or in IFEval's. */
export const hasRequirementRows = (row: Record<string, unknown>): boolean => hasRequirements(fieldsOf(row, 'the row'))

/** A row's requirements, in any form that a file of prompts may have, or what is wrong with them. */
export function requirementRows(
  row: Record<string, unknown>,
): { readonly requirements: readonly Requirement[] } | { readonly wrong: string } {
  try {
    const fields = fieldsOf(row, 'the row')
    return { requirements: hasRequirements(fields) ? requirementsField(fields) : [] }
  } catch (thrown) {
    if (thrown instanceof BadRow) return { wrong: thrown.message }
    throw thrown
  }
}
