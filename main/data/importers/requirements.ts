import { readyCheck } from '../../evaluation/checks/checks.ts'
import { LaurelError } from '../../shared/errors.ts'
import { isObject } from '../../shared/is-object.ts'
import { check, type Requirement, requirement } from '../../shared/requirement.ts'
import { BadRow, type Fields, kindOf } from './fields.ts'
import { within } from './read-rows.ts'

/** Whether a prompt's row has requirements, in our form or in IFEval's. */
export const hasRequirements = (fields: Fields): boolean => fields.has('requirements') || fields.has('instruction_id_list')

/**
 * The requirements of a prompt's row: `requirements`, a list of {text, weight, check: {id, args}} or of texts, or IFEval's
 * `instruction_id_list` and `kwargs`. A requirement without a text takes its check's sentence.
 */
export function requirementsField(fields: Fields): Requirement[] {
  if (fields.has('requirements')) {
    return listIn(fields, 'requirements').map((value, i) => within(`requirement ${i + 1}`, () => requirementOf(value)))
  }
  fields.get('key') // IFEval's number of the row
  const args = fields.has('kwargs') ? listIn(fields, 'kwargs') : []
  return listIn(fields, 'instruction_id_list').map((id, i) =>
    within(`instruction ${i + 1}`, () => requirementOf({ check: { id, args: withoutNulls(args[i] ?? {}) } })),
  )
}

function listIn(fields: Fields, name: string): readonly unknown[] {
  const value = fields.get(name) ?? []
  if (!Array.isArray(value)) throw new BadRow(`"${name}" is ${kindOf(value)}, not a list`)
  return value
}

function requirementOf(value: unknown): Requirement {
  const written = typeof value === 'string' ? { text: value } : value
  if (!isObject(written)) throw new BadRow(`it is ${kindOf(value)}, not an object`)
  const sentence = written.check == null ? '' : sentenceOf(written.check)
  const text = (typeof written.text === 'string' ? written.text.trim() : written.text) || sentence
  if (text === '') throw new BadRow('it has neither a text nor a check')
  const { data, error } = requirement.safeParse({ ...written, text })
  if (error !== undefined) throw new BadRow(issueText(error))
  return data
}

/** A check as a sentence. Throws BadRow if the check is unknown or its arguments are invalid. */
function sentenceOf(value: unknown): string {
  const { data, error } = check.safeParse(value)
  if (error !== undefined) throw new BadRow(`its check isn't valid: ${issueText(error)}`)
  try {
    return readyCheck(data).text
  } catch (thrown) {
    if (thrown instanceof LaurelError) throw new BadRow(thrown.message.replace(/\.$/, ''))
    throw thrown
  }
}

function issueText({ issues: [{ path, message }] }: { readonly issues: readonly { path: PropertyKey[]; message: string }[] }): string {
  return [...path.map(String), message].join(': ')
}

/** IFEval's published file lists every argument of every instruction, and null where an instruction doesn't take it. */
const withoutNulls = (args: unknown): unknown =>
  isObject(args) ? Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null)) : args
