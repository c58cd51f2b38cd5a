import { NumberInput } from '@mantine/core'
import { useEffect, useState } from 'react'

interface ScoreInputProps {
  readonly label: string
  readonly value: number | null
  readonly onChange: (value: number | null) => void
  readonly placeholder: string
  readonly autoFocus?: boolean
}

/** A number from 0 to 5, or none. What is typed stays as it is typed ("4." on the way to 4.5); what it means so far is told. */
export function ScoreInput({ label, value, onChange, placeholder, autoFocus }: ScoreInputProps) {
  const [typed, setTyped] = useState<number | string>(value ?? '')
  useEffect(() => setTyped((before) => (meaningOf(before) === value ? before : (value ?? ''))), [value])
  return (
    <NumberInput
      aria-label={label}
      w={88}
      min={0}
      max={5}
      step={0.5}
      clampBehavior="strict"
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

function meaningOf(typed: number | string): number | null {
  const value = typeof typed === 'number' ? typed : typed.trim() === '' ? Number.NaN : Number(typed)
  return value >= 0 && value <= 5 ? value : null
}
