import type { JsonLine } from '../../common/jsonl.ts'
import { isObject } from '../../shared/is-object.ts'
import type { InstructionExample } from '../imported.ts'
import { BadRow, Fields, truthOf, UnwantedRow } from './fields.ts'

/** Fields for whether a response is wanted: TRL's unpaired preferences, LLaMA-Factory's KTO rows. */
const labelNames = ['label', 'kto_tag'] as const

/** Rejects a row whose response is labeled as unwanted, or not labeled. */
export type LabelRule = (fields: Fields, example: InstructionExample) => void

/**
 * How a file's labels are interpreted. `always`: a label next to a prompt and a completion can only mean this. `ifTruths`: only if every
 * label in the file is a boolean; others (a topic, a class) are ordinary fields. Examples labeled as unwanted are added to `unwanted`.
 */
export function labelRule(rows: readonly JsonLine[], when: 'always' | 'ifTruths', unwanted: InstructionExample[]): LabelRule {
  const labels = rows.flatMap(({ value }) => {
    if (!isObject(value)) return []
    const fields = new Fields(value)
    const name = labelNames.find((one) => fields.has(one))
    return name === undefined ? [] : [fields.peek(name)]
  })
  const known = labels.filter((label) => label !== null)
  const counts = labels.length > 0 && (when === 'always' || (known.length > 0 && known.every((label) => truthOf(label) !== undefined)))
  return counts ? (fields, example) => refuseUnwanted(fields, example, unwanted) : () => {}
}

function refuseUnwanted(fields: Fields, example: InstructionExample, unwanted: InstructionExample[]): void {
  const name = labelNames.find((one) => fields.has(one))
  if (name === undefined) throw new BadRow('"label" is missing, but other rows have one')
  const label = fields.get(name)
  if (label == null) throw new BadRow(`"${name}" is null, so it doesn't say whether the response is wanted`)
  const isWanted = truthOf(label)
  if (isWanted === undefined) throw new BadRow(`"${name}" is ${JSON.stringify(label)?.slice(0, 40)}, neither true nor false`)
  if (isWanted) return
  unwanted.push(example)
  throw new UnwantedRow(`"${name}" is ${JSON.stringify(label)}: the response isn't wanted`)
}
