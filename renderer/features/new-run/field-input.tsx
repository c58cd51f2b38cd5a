import { Select, Switch, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { FilePicker } from '../../components/file-picker.tsx'
import { setValue } from './draft.ts'
import { EngineInput } from './engine-input.tsx'
import { FieldLabel } from './field-label.tsx'
import type { Field } from './fields/field.ts'
import styles from './fields.module.css'
import { numberOfText, textOfNumber } from './number-text.ts'

interface FieldInputProps {
  readonly field: Field
  readonly value: unknown
  readonly isChanged: boolean
  readonly error: string | null
  /** What is known against the value, which is valid. */
  readonly warning?: string | null
}

/** One value of the recipe: label, explanation, reset button, and input. */
export function FieldInput({ field, value, isChanged, error, warning = null }: FieldInputProps) {
  if (field.kind === 'file?') return <FileInput {...{ field, value, error }} />
  return (
    <div className={styles.field}>
      <FieldLabel field={field} isChanged={isChanged} />
      <Value {...{ field, value, error }} />
      {warning !== null && error === null && <p className={styles.warning}>{warning}</p>}
    </div>
  )
}

type ValueProps = Omit<FieldInputProps, 'isChanged' | 'warning'>

const idOf = (key: string): string => `field-${key}`

function Value({ field, value, error }: ValueProps) {
  const common = { error, id: idOf(field.key) } as const
  switch (field.kind) {
    case 'choice':
      return (
        <Select
          {...common}
          data={choicesWith(field.choices ?? [], value)}
          value={String(value)}
          allowDeselect={false}
          onChange={(chosen) => chosen !== null && chosen !== String(value) && setValue(field.key, chosen)}
        />
      )
    case 'engine':
      return <EngineInput {...common} name={String(value)} onChange={(name) => setValue(field.key, name)} />
    case 'switch':
      return (
        <Switch
          {...common}
          className={styles.switch}
          checked={value === true}
          onChange={({ currentTarget }) => setValue(field.key, currentTarget.checked)}
        />
      )
    case 'list':
      return (
        <TagsInput
          {...common}
          size="xs"
          data={field.choices?.map((choice) => choice.value)}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={(texts) => setValue(field.key, texts)}
        />
      )
    case 'text?':
      return (
        <TextInput
          {...common}
          value={String(value ?? '')}
          onChange={({ currentTarget }) => setValue(field.key, currentTarget.value === '' ? null : currentTarget.value)}
        />
      )
    case 'numbers?':
      return (
        <TagsInput
          {...common}
          size="xs"
          value={Array.isArray(value) ? value.map(textOfNumber) : []}
          allowDuplicates
          onChange={(texts) => setValue(field.key, texts.length === 0 ? null : texts.map(numberOfText))}
        />
      )
    case 'text':
    case 'model':
      return (
        <TextInput {...common} value={String(value ?? '')} onChange={({ currentTarget }) => setValue(field.key, currentTarget.value)} />
      )
    default:
      return <NumberInput {...{ field, value, error }} />
  }
}

/** The choices, and the value if a recipe file has one that isn't among them, such as a list. */
function choicesWith(choices: NonNullable<Field['choices']>, value: unknown) {
  const other = { value: String(value), label: Array.isArray(value) ? value.join(' + ') : String(value) }
  return choices.some((choice) => choice.value === other.value) ? [...choices] : [...choices, other]
}

const FileInput = ({ field, value, error }: ValueProps) => (
  <div className={styles.field} id={idOf(field.key)}>
    <FilePicker
      label={field.label}
      description={field.means}
      kind="file"
      value={typeof value === 'string' ? value : ''}
      error={error}
      onChange={(path) => setValue(field.key, path === '' ? null : path)}
    />
  </div>
)

/** Accepts exponents, and keeps the text as typed. */
function NumberInput({ field, value, error }: ValueProps) {
  const [typed, setTyped] = useState(textOfNumber(value))
  const text = numberOfText(typed) === value ? typed : textOfNumber(value)
  return (
    <TextInput
      id={idOf(field.key)}
      error={error}
      inputMode={field.kind.startsWith('integer') ? 'numeric' : 'decimal'}
      value={text}
      rightSection={field.unit === undefined ? null : <span className={styles.unit}>{field.unit}</span>}
      rightSectionWidth={field.unit === undefined ? undefined : `${field.unit.length * 0.45 + 1.5}em`}
      rightSectionPointerEvents="none"
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        setValue(field.key, numberOfText(currentTarget.value))
      }}
    />
  )
}
