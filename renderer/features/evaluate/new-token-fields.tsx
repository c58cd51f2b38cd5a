import { Group, NumberInput } from '@mantine/core'
import { type NewTokenLimits, newTokenDefaults } from '../../../main/shared/evaluation-settings.ts'
import { limits } from '../../../main/shared/limits.ts'
import type { Draft } from './evaluation-draft.ts'

interface NewTokenFieldsProps {
  readonly draft: Draft
  readonly onChange: (change: Partial<Draft>) => void
}

/** The limits of answers and judgements, of the kinds that can be asked for others. */
export function NewTokenFields({ draft: { kind, newTokens }, onChange }: NewTokenFieldsProps) {
  if (!(kind in newTokenDefaults)) return null
  const defaults: NewTokenLimits = newTokenDefaults[kind as keyof typeof newTokenDefaults]
  const limit = (name: keyof NewTokenLimits) => ({
    ...{ min: 1, max: limits.tokens, allowDecimal: false, suffix: ' tokens', flex: '1 1 200px', value: newTokens[name] ?? defaults[name] },
    onChange: (value: string | number) => typeof value === 'number' && onChange({ newTokens: { ...newTokens, [name]: value } }),
  })
  return (
    <Group gap={12} align="flex-start">
      <NumberInput label="Max new tokens" description="Generated answers are cut off at this length." {...limit('maxNewTokens')} />
      {defaults.judgeMaxNewTokens !== undefined && (
        <NumberInput label="Max judgement length" description="Judgements are cut off at this length." {...limit('judgeMaxNewTokens')} />
      )}
    </Group>
  )
}
