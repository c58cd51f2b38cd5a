import { Tooltip } from '@mantine/core'
import { IconHelp } from '@tabler/icons-react'
import { valueAt } from './document.ts'
import { resetValue, useDraft } from './draft.ts'
import type { Field } from './fields/field.ts'
import styles from './fields.module.css'
import { textOfNumber } from './number-text.ts'

/** A field's label with an explanation, and a reset button if the value was changed. */
export function FieldLabel({ field, isChanged }: { readonly field: Field; readonly isChanged: boolean }) {
  const before = useDraft(({ base }) => valueAt(base, field.key))
  return (
    <div className={styles.label}>
      <label htmlFor={`field-${field.key}`}>{field.label}</label>
      <Tooltip label={<Explanation field={field} />} maw={360} events={{ hover: true, focus: true, touch: true }}>
        <button type="button" className={styles.help} aria-label={`What ${field.label} means`}>
          <IconHelp size={14} stroke={1.6} aria-hidden />
        </button>
      </Tooltip>
      {isChanged && (
        <button
          type="button"
          className={styles.reset}
          onClick={() => resetValue(field.key)}
          aria-label={`${field.label} changed, was ${shown(before)}: reset`}
        >
          changed, was {shown(before)}
        </button>
      )}
    </div>
  )
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'empty'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.join(', ')
  return textOfNumber(value)
}

const Explanation = ({ field: { means, paper, up, down, bounds } }: { readonly field: Field }) => (
  <span className={styles.explanation}>
    <span>{means}</span>
    {up !== undefined && (
      <span>
        <b>Higher:</b> {up}
      </span>
    )}
    {down !== undefined && (
      <span>
        <b>Lower:</b> {down}
      </span>
    )}
    {paper !== undefined && (
      <span>
        <b>Paper:</b> {paper}
      </span>
    )}
    {bounds !== undefined && (
      <span>
        <b>Allowed:</b> {bounds}
      </span>
    )}
  </span>
)
