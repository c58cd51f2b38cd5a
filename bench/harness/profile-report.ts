import type { Cost, Section } from './profiler.ts'
import { markdownTable } from './table.ts'

const longestList = 30

/** Two kinds of tables: the time of stages in and outside operations, and the cost of operations over all stages and in the larger ones. */
export function profileText({ stages, operations }: Section): string {
  const total = sum([...stages.values()])
  const byTime = [...stages].filter(([, seconds]) => seconds > 0).sort(([, a], [, b]) => b - a)
  const stageRows = byTime.map(([stage, seconds]) => {
    const inside = sum([...(operations.get(stage)?.values() ?? [])].map((cost) => cost.seconds))
    return [stage, fixed(seconds), percent(seconds / total), fixed(inside), fixed(seconds - inside)]
  })
  const large = byTime.filter(([, seconds]) => seconds / total > 0.1).map(([stage]) => stage)
  return [
    `## Stages (${fixed(total)} s)`,
    markdownTable(['stage', 'seconds', 'share', 'in operations', 'outside'], stageRows),
    '## Operations, all stages',
    operationTable(allOperations(operations), total),
    ...large.flatMap((stage) => [`## Operations in ${stage}`, operationTable(operations.get(stage) ?? new Map(), stages.get(stage)!)]),
  ].join('\n\n')
}

/** Costs by operation, over all stages. */
export function allOperations(operations: Section['operations']): Map<string, Cost> {
  const all = new Map<string, Cost>()
  for (const ofStage of operations.values()) {
    for (const [name, { calls, seconds }] of ofStage) {
      const before = all.get(name) ?? { calls: 0, seconds: 0 }
      all.set(name, { calls: before.calls + calls, seconds: before.seconds + seconds })
    }
  }
  return all
}

function operationTable(costs: ReadonlyMap<string, Cost>, total: number): string {
  const rows = [...costs].sort(([, a], [, b]) => b.seconds - a.seconds).slice(0, longestList)
  return markdownTable(
    ['operation', 'calls', 'seconds', 'share', 'µs per call'],
    rows.map(([name, { calls, seconds }]) => [
      name,
      String(calls),
      fixed(seconds),
      percent(seconds / total),
      String(Math.round((seconds / calls) * 1e6)),
    ]),
  )
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const fixed = (seconds: number): string => seconds.toFixed(3)
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
