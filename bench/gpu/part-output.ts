import type { Precision } from '../../main/shared/train-config.ts'
import { type Measure, type PartLine, type Program, partLine } from './report-schema.ts'

/** Print a line for the process that started this one. */
export function printLine(line: PartLine): void {
  process.stdout.write(`${JSON.stringify(partLine.parse(line))}\n`)
}

export const printNote = (note: string): void => printLine({ note })

/** Figures of one program. */
export const figuresOf =
  (program: Program) => (work: string, precision: Precision, measured: Partial<Record<Measure, number | undefined>>) => {
    for (const [measure, value] of Object.entries(measured)) {
      if (value === undefined) continue
      if (Number.isFinite(value)) printLine({ figure: { program, work, precision, measure: measure as Measure, value } })
      else printNote(`${work}, ${precision}: ${measure} is ${value}`)
    }
  }
export type PrintFigures = ReturnType<typeof figuresOf>
