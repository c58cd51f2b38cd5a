import { NumberInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { isInRange, type RewardRange } from '../../../main/shared/reward-range.ts'

interface ScoreInputProps {
  readonly label: string
  readonly range: RewardRange
  readonly value: number | null
  readonly onChange: (value: number | null) => void
  readonly placeholder: string
  readonly autoFocus?: boolean
}

/**
 * A number in a range, or empty. Keeps the text as typed ("4." on the way to 4.5, or an invalid 7) and reports its value: null if empty, NaN if
 * invalid.
 */
export function ScoreInput({ label, range, value, onChange, placeholder, autoFocus }: ScoreInputProps) {
  const [typed, setTyped] = useState<number | string>(value ?? '')
  useEffect(() => setTyped((before) => (Object.is(meaningOf(before, range), value) ? before : (value ?? ''))), [value, range])
  return (
    <NumberInput
      aria-label={label}
      w={88}
      min={range?.[0]}
      max={range?.[1]}
      step={range === null ? 0.5 : (range[1] - range[0]) / 10}
      clampBehavior="none"
      allowedDecimalSeparators={['.', ',']}
      error={Number.isNaN(meaningOf(typed, range))}
      placeholder={placeholder}
      autoFocus={autoFocus}
      value={typed}
      onChange={(next) => {
        setTyped(next)
        onChange(meaningOf(next, range))
      }}
    />
  )
}

/** Null: empty; NaN: not a score. */
export function meaningOf(typed: number | string, range: RewardRange): number | null {
  if (typeof typed === 'string' && typed.trim() === '') return null
  const value = Number(typed)
  return isInRange(value, range) ? value : Number.NaN
}
