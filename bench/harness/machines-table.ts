import { instructionsOf, type MachineFile } from './machine-files.ts'
import type { CaseResults, Results } from './results.ts'
import { markdownTable, rounded } from './table.ts'

/** The comparisons of the overview, in its order, each with the figure that it shows. */
const comparisons: readonly { readonly name: string; readonly work: string; readonly figure: string }[] = [
  { name: 'dpo', work: 'DPO, pairs per second', figure: 'pairsPerSecond' },
  { name: 'sft', work: 'SFT, examples per second', figure: 'examplesPerSecond' },
  { name: 'generate', work: 'sampling, tokens per second', figure: 'tokensPerSecond' },
  { name: 'generate-shared', work: 'four candidates a prompt, tokens per second', figure: 'tokensPerSecond' },
  { name: 'iteration', work: 'a whole iteration, seconds', figure: 'totalSeconds' },
  { name: 'judging', work: 'expected score, responses per second', figure: 'responsesPerSecond' },
  { name: 'start', work: 'first training step of `laurel demo`, seconds', figure: 'firstStepSeconds' },
]

/**
 * All processors next to each other: for every comparison and precision, Laurel's median and how many times better it is than the peer.
 * Where standard figures are missing, those in quick sizes are shown, in italics.
 */
export function machinesTable(machines: readonly MachineFile[]): string {
  const header = ['work', 'precision', ...machines.map(machineName)]
  const rows = comparisons.flatMap(({ name, work, figure }) => {
    const shown = machines.map((machine) => latest(machine, name))
    const cases = [...new Set(shown.flatMap((each) => each?.results.cases.map((one) => one.name) ?? []))]
    return cases.map((precision) => [
      work,
      precision,
      ...shown.map((each) => {
        const found = each?.results.cases.find((one) => one.name === precision)
        const text = found ? cell(found, figure) : '-'
        return each?.isQuick && text !== '-' ? `*${text}*` : text
      }),
    ])
  })
  return markdownTable(header, rows)
}

/** The processor, as all its results name it. */
function machineName({ standard, quick }: MachineFile): string {
  const [first] = [...Object.values(standard), ...Object.values(quick)]
  if (first === undefined) return '-'
  const { cpu, limited } = first.machine
  return `${cpu}, ${limited ? 'limited to ' : ''}${instructionsOf(first.machine) ?? 'no vector instructions known'}`
}

function latest({ standard, quick }: MachineFile, name: string): { results: Results; isQuick: boolean } | undefined {
  if (standard[name]) return { results: standard[name], isQuick: false }
  return quick[name] && { results: quick[name], isQuick: true }
}

function cell({ sides: [ours], ratios }: CaseResults, figure: string): string {
  const value = ours?.medians[figure]
  if (value === undefined) return '-'
  return ratios[figure] === undefined ? rounded(value) : `${rounded(value)} (${ratios[figure].toFixed(1)} x)`
}
