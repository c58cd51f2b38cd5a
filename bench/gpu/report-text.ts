import { rounded } from '../harness/table.ts'
import { type Figure, type GpuReport, type Measure, type PartResult, type Program, programs } from './report-schema.ts'

/** The report for a reader at a terminal: the card, what went wrong, and a table with a row for each work. */
export function reportText(report: GpuReport): string {
  const problems = report.parts.filter(({ status }) => status !== 'done')
  return [
    ...headLines(report),
    '',
    ...(problems.length > 0 ? ['Parts that did not do all their work:', ...problems.map(problemLine), ''] : []),
    ...notesOf(report),
    ...aligned(workRows(report)),
  ].join('\n')
}

/** One line about a part that has just ended. */
export const partText = ({ name, status, error, seconds, figures }: PartResult): string =>
  `${name}: ${status} after ${seconds.toFixed(1)} s, ${figures.length} figures${error === null ? '' : ` (${error})`}`

function headLines({ adapter, nvidia, peaks, machine, laurel, seconds, limitSeconds, sizes, parts }: GpuReport): string[] {
  const versions = Object.entries(Object.assign({}, ...parts.map((part) => part.versions)) as Record<string, string>)
  return [
    adapter ? `${adapter.name} (${adapter.vendor}, ${adapter.architecture}), driver: ${adapter.driver}` : 'No WebGPU adapter was found.',
    ...(adapter?.isSoftware ? ['This is a processor in place of a GPU: no figure says anything about a GPU.'] : []),
    ...parts.flatMap(({ name, status, error }) =>
      name.includes('parity') && status === 'failed' ? [`${name} failed (${error}): speeds of wrong results mean nothing.`] : [],
    ),
    ...(adapter ? [`subgroup matrices: ${adapter.subgroupMatrixConfigs.map(matrixText).join(', ') || 'none'}`] : []),
    ...nvidia.map(
      ({ name, bytes, driver }) => `nvidia-smi: ${name}, ${bytes === null ? '?' : (bytes / 2 ** 30).toFixed(0)} GiB, driver ${driver}`,
    ),
    ...Object.entries(peaks).map(
      ([precision, best]) => `peak, ${precision}: ${rounded(best.tflops)} TFLOP/s, by ${best.program}'s ${best.work}`,
    ),
    `Laurel ${laurel}, Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${versions.map((pair) => pair.join(' ')).join(', ')}`,
    `sizes: ${sizes}; ${seconds.toFixed(0)} of ${limitSeconds} s`,
  ]
}

const matrixText = ({ M, N, K, componentType, resultComponentType }: Record<string, unknown>): string =>
  `${M}x${N}x${K} ${componentType} -> ${resultComponentType}`

const problemLine = ({ name, status, error }: PartResult): string => `  ${name}: ${status}: ${error}`

function notesOf({ parts }: GpuReport): string[] {
  const lines = parts.flatMap(({ name, notes }) => notes.map((note) => `  ${name}: ${note}`))
  return lines.length > 0 ? ['Notes:', ...lines, ''] : []
}

/** The first that was measured is the one that programs are compared by; the file has the others too. */
const telling: readonly Measure[] = ['pairs/s', 'examples/s', 'tokens/s', 'calls/s', 'TFLOP/s', 'GB/s', 'error']

/** Of Laurel's first backend, beside what it is compared by. */
const further = ['TFLOP/s', 'GB/s', 'device µs', 'peak GB', 'error'] as const satisfies readonly Measure[]

function workRows({ parts, figures: compared }: GpuReport): string[][] {
  const all = parts.flatMap((part) => part.figures)
  const columns = programs.filter((program) => all.some((figure) => figure.program === program))
  const works = [...Map.groupBy(all, ({ work }) => work).values()].flatMap((same) => [
    ...Map.groupBy(same, ({ precision }) => precision).values(),
  ])
  if (works.length === 0) return [['Nothing was measured.']]
  const header = ['work', 'precision', 'measure', ...columns, 'times the best peer', 'share of peak', ...further]
  const rows = works.map((figures) => {
    const [{ work, precision }] = figures
    const measure = telling.find((each) => figures.some((figure) => figure.measure === each)) ?? figures[0].measure
    const isHere = (figure: Figure): boolean => figure.work === work && figure.precision === precision
    const mine = compared.filter(isHere)
    const best = mine.filter((each) => each.measure === measure).toSorted((a, b) => (b.shareOfTorch ?? 0) - (a.shareOfTorch ?? 0))[0]
    const ofPeak = mine.find(({ shareOfPeak }) => shareOfPeak !== null)?.shareOfPeak ?? null
    return [
      ...[work, precision, measure, ...columns.map((program) => cell(figures, program, measure))],
      best?.shareOfTorch === null || best === undefined ? '-' : `${rounded(best.shareOfTorch)} of ${best.peer}`,
      ofPeak === null ? '-' : `${(100 * ofPeak).toFixed(1)} %`,
      ...further.map((each) => (each === measure || !mine[0] ? '-' : cell(mine, mine[0].program, each))),
    ]
  })
  return [header, ...rows]
}

function cell(figures: readonly Figure[], program: Program, measure: Measure): string {
  const found = figures.find((each) => each.program === program && each.measure === measure)
  if (!found) return '-'
  return measure === 'error' ? found.value.toExponential(1) : rounded(found.value)
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((text, i) => Math.max(most[i] ?? 0, text.length)), [])
  return rows.map((row) =>
    row
      .map((text, i) => (i < 3 ? text.padEnd(widths[i]) : text.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  )
}
