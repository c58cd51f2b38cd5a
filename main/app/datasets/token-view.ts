import type { Engine } from '../../engine/hosts/engine.ts'
import type { DataRow } from '../../shared/contract/datasets-contract.ts'
import type { SftRow } from '../../shared/engine-protocol.ts'
import type { RowTokens } from '../../shared/training-rows.ts'

/** Longer rows are truncated, as in training. */
const maxLength = 2048

/**
 * Rows as training sees them, token by token, with each token's loss weight. Pairs and ranked answers show their sides one after the other.
 */
export async function tokenView(engine: Engine, model: string, rows: readonly DataRow[]): Promise<{ label: string; row: RowTokens }[]> {
  const sides = rows.flatMap(({ index, prompt, conversation, answers }) =>
    answers.slice(0, 2).map(({ role, rank, text }) => ({
      label: `row ${index + 1}, ${rank === null ? role : `rank ${rank}`}`,
      row: { prompt: conversation ?? [{ role: 'user', content: prompt }], completion: [{ role: 'assistant', content: text }] } as SftRow,
    })),
  )
  if (sides.length === 0) return []
  const tokens = await engine.rowTokens({ model, rows: sides.map(({ row }) => row), maxLength, promptWeight: 0 })
  return sides.map(({ label }, i) => ({ label, row: tokens[i] }))
}
