import type { Figure } from './benchmark.ts'
import type { CaseResults, Results, SideResults } from './results.ts'

/** A benchmark's results from any number of processors as Markdown: what is measured, then for each a table and a line on how it was measured. */
export function resultsMarkdown(all: readonly Results[], table: (results: Results) => string = comparisonTable): string {
  const parts = all.map((results) => `${table(results)}\n\n${provenance(results)}`)
  return [all[0]?.title ?? '', ...parts].join('\n\n')
}

/** Medians (with ranges) of each case and figure, and ratios. */
function comparisonTable(results: Results): string {
  const sideNames = [...new Set(results.cases.flatMap(({ sides }) => sides.map(({ side }) => side)))]
  const compares = results.cases.some(({ ratios }) => Object.keys(ratios).length > 0)
  const header = ['case', 'figure', ...sideNames, ...(compares ? ['ratio'] : [])]
  const rows = results.cases.flatMap((each) =>
    results.figures.flatMap((figure) => {
      const cells = sideNames.map((name) =>
        cell(
          each.sides.find(({ side }) => side === name),
          figure,
        ),
      )
      if (cells.every((text) => text === '-')) return []
      return [[each.name, figure.label, ...cells, ...(compares ? [ratioCell(each, figure)] : [])]]
    }),
  )
  return markdownTable(header, rows)
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

function cell(side: SideResults | undefined, { key }: Figure): string {
  const middle = side?.medians[key]
  if (!side || middle === undefined) return '-'
  const values = side.runs.flatMap(({ figures }) => figures[key] ?? [])
  if (values.length < 2) return rounded(middle)
  return `${rounded(middle)} (${rounded(Math.min(...values))} to ${rounded(Math.max(...values))})`
}

const ratioCell = ({ ratios }: CaseResults, { key }: Figure): string => (ratios[key] === undefined ? '-' : `**${ratios[key].toFixed(2)}**`)

/** A number with three significant digits. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value === 0 || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-GB')
  return value.toPrecision(3)
}

/** How the figures were measured: machine, threads, rounds, load, sizes, versions. */
export function provenance({ date, machine, threads, rounds, sizes, cases }: Results): string {
  const runs = cases.flatMap(({ sides }) => sides.flatMap((side) => side.runs))
  const versions = Object.assign({}, ...runs.map((run) => run.versions ?? {})) as Record<string, string>
  const range = (values: readonly number[]): string => `${Math.min(...values)} to ${Math.max(...values)}`
  const parts = [
    `${date.slice(0, 10)}, ${machine.cpu} (${machine.limited ? 'limited to ' : ''}${machine.features.join(', ')}), ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}`,
    `${threads} threads on each side`,
    `median of ${rounds} run${rounds === 1 ? '' : 's'} in turn`,
    `before the runs: load average ${range(runs.map(({ load }) => load))}, other work ${range(runs.map(({ foreign }) => Math.round(100 * foreign)))} %`,
    Object.entries(sizes)
      .map(([name, size]) => `${name} ${size}`)
      .join(', '),
    `Laurel ${machine.laurel}, Node ${machine.node}${Object.entries(versions)
      .map(([name, version]) => `, ${name} ${version}`)
      .join('')}`,
  ]
  return `${parts.filter((part) => part !== '').join('; ')}.`
}
