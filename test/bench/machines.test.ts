import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Machine } from '../../bench/harness/machine.ts'
import { type MachineFile, processorName, readMachines, standardResults, storeResults } from '../../bench/harness/machine-files.ts'
import { machinesTable } from '../../bench/harness/machines-table.ts'
import { type Results, summarise } from '../../bench/harness/results.ts'

const machine = (cpu: string, features: string[]): Machine => ({
  ...{ cpu, features, cores: 2, memoryGb: 24, system: 'Linux 6', node: '24.0.0', laurel: 'abc1234' },
})
const old = machine('AMD EPYC', ['avx2'])
const modern = machine('AMD EPYC', ['avx2', 'avx512f', 'avx512_bf16'])
const intel = machine('Intel(R) Xeon(R) Processor', ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16', 'avx_vnni'])

function results(name: string, on: Machine, ours: number, theirs?: number, precision = 'float32'): Results {
  const side = (name: string, pairsPerSecond: number) => ({
    side: name,
    runs: [{ figures: { pairsPerSecond }, load: 0, foreign: 0, seconds: 1 }],
  })
  const figures = [{ key: 'pairsPerSecond', label: 'pairs per second', better: 'higher' as const }]
  const sides = [side('Laurel', ours), ...(theirs === undefined ? [] : [side('TRL', theirs)])]
  const cases = [summarise(precision, sides, figures)]
  return { name, title: `${name}.`, date: '2030-01-02T03:04:05Z', machine: on, threads: 2, rounds: 1, sizes: {}, figures, cases }
}

const limited: Machine = { ...machine('AMD EPYC', ['avx2']), limited: 'avx2' }

const temporary = (): string => mkdtempSync(join(tmpdir(), 'laurel-machines-'))

test('a processor is named by its model and its fastest instructions for products', () => {
  expect([old, modern, intel].map(processorName)).toEqual(['amd-epyc-avx2', 'amd-epyc-avx512-bf16', 'intel-xeon-amx-bf16'])
})

test('a processor limited to older instructions is a machine of its own, and shown as limited', () => {
  expect(processorName(limited)).toBe('amd-epyc-limited-to-avx2')
  expect(machinesTable([{ standard: { dpo: results('dpo', limited, 0.2) }, quick: {} }])).toContain('| AMD EPYC, limited to avx2 |')
})

test('each processor has one file, in which a newer measurement replaces the older one of the same benchmark', () => {
  const folder = temporary()
  storeResults(results('dpo', old, 1), 'standard', folder)
  storeResults(results('sft', old, 2), 'standard', folder)
  storeResults(results('dpo', modern, 3), 'standard', folder)
  storeResults(results('dpo', old, 4), 'standard', folder)
  expect(readdirSync(folder)).toEqual(['amd-epyc-avx2.json', 'amd-epyc-avx512-bf16.json'])
  const medians = standardResults('dpo', readMachines(folder)).map(({ cases: [{ sides }] }) => sides[0].medians.pairsPerSecond)
  expect(medians).toEqual([4, 3])
  expect(standardResults('sft', readMachines(folder))).toHaveLength(1)
})

test('a quick measurement leaves the standard one as it is', () => {
  const folder = temporary()
  storeResults(results('dpo', old, 1), 'standard', folder)
  storeResults(results('dpo', old, 9), 'quick', folder)
  const [file] = readMachines(folder)
  expect(file.standard.dpo.cases[0].sides[0].medians.pairsPerSecond).toBe(1)
  expect(file.quick.dpo.cases[0].sides[0].medians.pairsPerSecond).toBe(9)
})

test('the table of machines has a column for each, with the advantage over the peer', () => {
  const machines: MachineFile[] = [
    { standard: { dpo: results('dpo', old, 0.2, 0.05) }, quick: {} },
    { standard: { dpo: results('dpo', modern, 0.4, 0.1, 'bfloat16') }, quick: {} },
  ]
  expect(machinesTable(machines).split('\n')).toEqual([
    '| work | precision | AMD EPYC, avx2 | AMD EPYC, avx512_bf16 |',
    '|---|---|---|---|',
    '| DPO, pairs per second | float32 | 0.200 (4.0 x) | - |',
    '| DPO, pairs per second | bfloat16 | - | 0.400 (4.0 x) |',
  ])
})

test('figures in quick sizes are shown, in italics, where standard ones are missing', () => {
  const machines: MachineFile[] = [
    { standard: {}, quick: { dpo: results('dpo', old, 0.2, 0.05) } },
    { standard: { dpo: results('dpo', modern, 0.4) }, quick: { dpo: results('dpo', modern, 9) } },
  ]
  expect(machinesTable(machines)).toContain('| *0.200 (4.0 x)* | 0.400 |')
})
