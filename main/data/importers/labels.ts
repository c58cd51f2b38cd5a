import type { JsonLine } from '../../common/jsonl.ts'
import { BadRow, Fields, isObject, truthOf, UnwantedRow } from './fields.ts'

/** Fields that say whether a response is wanted: TRL's unpaired preferences, LLaMA-Factory's KTO rows. */
const labelNames = ['label', 'kto_tag'] as const

/** Refuses a row whose label says that its response is not wanted, or doesn't say. */
export type LabelRule = (fields: Fields) => void

/**
 * How the labels of a file are taken. `always`: a label beside a prompt and a completion can mean nothing else. `ifTruths`: only where every
 * label of the file is a truth value; others (a topic, a class) are fields like any other.
 */
export function labelRule(rows: readonly JsonLine[], when: 'always' | 'ifTruths'): LabelRule {
  const labels = rows.flatMap(({ value }) => {
    if (!isObject(value)) return []
    const fields = new Fields(value)
    const name = labelNames.find((one) => fields.has(one))
    return name === undefined ? [] : [fields.peek(name)]
  })
  const known = labels.filter((label) => label !== null)
  const counts = labels.length > 0 && (when === 'always' || (known.length > 0 && known.every((label) => truthOf(label) !== undefined)))
  return counts ? refuseUnwanted : () => {}
}

function refuseUnwanted(fields: Fields): void {
  const name = labelNames.find((one) => fields.has(one))
  if (name === undefined) throw new BadRow('"label" is missing, though other rows say whether their response is wanted')
  const label = fields.get(name)
  if (label == null) throw new BadRow(`"${name}" is null, so it doesn't say whether the response is wanted`)
  const isWanted = truthOf(label)
  if (isWanted === undefined) throw new BadRow(`"${name}" is ${JSON.stringify(label)?.slice(0, 40)}, neither true nor false`)
  if (!isWanted) throw new UnwantedRow(`"${name}" is ${JSON.stringify(label)}: the response is not wanted`)
}
