import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../../main/common/replace-file.ts'
import type { Machine } from './machine.ts'
import type { Results } from './results.ts'

/** In which sizes something was measured: those of the documentation's tables, or small ones for a first look at a machine. */
export type Extent = 'standard' | 'quick'

/** Everything that was measured on one kind of processor, by benchmark; the content of bench/results/machines/PROCESSOR.json. */
export type MachineFile = Readonly<Record<Extent, Readonly<Record<string, Results>>>>

const folder = join(import.meta.dirname, '..', 'results', 'machines')

/** The instructions that decide the speed of matrix products, the fastest first. */
const decisive = ['amx_bf16', 'avx512_bf16', 'avx512f', 'avx2', 'bf16', 'asimd']

/** The fastest instructions for matrix products that the processor has. */
export const instructionsOf = ({ features }: Machine): string | undefined => decisive.find((name) => features.includes(name))

/** A processor's name in file names: model and instructions, since a model such as "AMD EPYC" comes with different ones, or is limited to fewer. */
export const processorName = (machine: Machine): string =>
  `${machine.cpu} ${machine.limited ? 'limited to ' : ''}${instructionsOf(machine) ?? ''}`
    .toLowerCase()
    .replace(/\((r|tm)\)|processor/g, ' ')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

/** The files of all processors, in the order of their names. */
export function readMachines(from = folder): MachineFile[] {
  if (!existsSync(from)) return []
  const names = readdirSync(from).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => readMachine(join(from, name)))
}

/** Put results into their processor's file, replacing earlier ones of the same benchmark and extent. */
export function storeResults(results: Results, extent: Extent, into = folder): string {
  mkdirSync(into, { recursive: true })
  const path = join(into, `${processorName(results.machine)}.json`)
  const known: MachineFile = existsSync(path) ? readMachine(path) : { standard: {}, quick: {} }
  replaceFile(path, `${JSON.stringify({ ...known, [extent]: { ...known[extent], [results.name]: results } }, null, 2)}\n`)
  return path
}

const readMachine = (path: string): MachineFile => JSON.parse(readFileSync(path, 'utf8')) as MachineFile

/** A benchmark's results in standard sizes, from every processor that has them. */
export const standardResults = (name: string, machines: readonly MachineFile[] = readMachines()): Results[] =>
  machines.flatMap(({ standard }) => standard[name] ?? [])
