import { NumberInput } from '@mantine/core'
import { useEffect, useState } from 'react'

interface ScoreInputProps {
  readonly label: string
  readonly value: number | null
  readonly onChange: (value: number | null) => void
  readonly placeholder: string
  readonly autoFocus?: boolean
}

/**
 * A number from 0 to 5, or empty. Keeps the text as typed ("4." on the way to 4.5, or an invalid 7) and reports its value: null if empty, NaN if
 * invalid.
 */
export function ScoreInput({ label, value, onChange, placeholder, autoFocus }: ScoreInputProps) {
  const [typed, setTyped] = useState<number | string>(value ?? '')
  useEffect(() => setTyped((before) => (Object.is(meaningOf(before), value) ? before : (value ?? ''))), [value])
  return (
    <NumberInput
      aria-label={label}
      w={88}
      min={0}
      max={5}
      step={0.5}
      clampBehavior="none"
      allowedDecimalSeparators={['.', ',']}
      error={Number.isNaN(meaningOf(typed))}
      placeholder={placeholder}
      autoFocus={autoFocus}
      value={typed}
      onChange={(next) => {
        setTyped(next)
        onChange(meaningOf(next))
      }}
    />
  )
}

/** Null: empty; NaN: not a score. */
export function meaningOf(typed: number | string): number | null {
  if (typeof typed === 'string' && typed.trim() === '') return null
  const value = Number(typed)
  return value >= 0 && value <= 5 ? value : Number.NaN
}
