import { expect, test } from 'vitest'
import type { Figure } from '../../bench/harness/benchmark.ts'
import { replaceBlock } from '../../bench/harness/document-block.ts'
import { type Results, summarise } from '../../bench/harness/results.ts'
import { resultsMarkdown, rounded } from '../../bench/harness/table.ts'

const figures: Figure[] = [
  { key: 'speed', label: 'rows per second', better: 'higher' },
  { key: 'gb', label: 'memory, GB', better: 'lower' },
]
const run = (speed: number, gb: number) => ({ figures: { speed, gb }, load: 0.1, foreign: 0.02, seconds: 1, versions: { made: '1.0' } })

const ours = { side: 'Laurel', runs: [run(9, 2), run(12, 2), run(10, 3)] }
const theirs = { side: 'peer', runs: [run(2, 8), run(3, 8), run(4, 8)] }

const resultsOf = (cases: Results['cases']): Results => ({
  ...{ name: 'example', title: 'An example.', date: '2030-01-02T03:04:05Z', threads: 2, rounds: 3, sizes: { batch: 4 }, figures, cases },
  machine: { cpu: 'Some CPU', cores: 2, features: ['avx2'], memoryGb: 24, system: 'Linux 6', node: '24.0.0', laurel: 'abc1234' },
})

test('there is a median for each side and figure, and the ratio is how many times better the first side is', () => {
  const summary = summarise('float32', [ours, theirs], figures)
  expect(summary.sides[0].medians).toEqual({ speed: 10, gb: 2 })
  expect(summary.sides[1].medians).toEqual({ speed: 3, gb: 8 })
  expect(summary.ratios.speed).toBeCloseTo(10 / 3, 12)
  expect(summary.ratios.gb).toBe(4)
})

test('a figure that only one side has gets no ratio', () => {
  const alone = { side: 'peer', runs: [{ figures: { speed: 3 }, load: 0, foreign: 0, seconds: 1 }] }
  expect(summarise('float32', [ours, alone], figures).ratios).toEqual({ speed: 10 / 3 })
})

test('the table has a row for each case and figure, with median, range, and ratio', () => {
  const text = resultsMarkdown([resultsOf([summarise('float32', [ours, theirs], figures)])])
  expect(text).toContain('| case | figure | Laurel | peer | ratio |')
  expect(text).toContain('| float32 | rows per second | 10.0 (9.00 to 12.0) | 3.00 (2.00 to 4.00) | **3.33** |')
  expect(text).toContain('| float32 | memory, GB | 2.00 (2.00 to 3.00) | 8.00 (8.00 to 8.00) | **4.00** |')
})

test('the line below the table names the machine, threads, load, and versions', () => {
  const text = resultsMarkdown([resultsOf([summarise('float32', [ours, theirs], figures)])])
  for (const fact of [
    '2030-01-02',
    'Some CPU',
    '24 GB',
    '2 threads',
    'batch 4',
    'load average 0.1 to 0.1',
    'other work 2 to 2 %',
    'made 1.0',
    'abc1234',
  ]) {
    expect(text).toContain(fact)
  }
})

test('results from several processors stand below one title, each with its own line', () => {
  const text = resultsMarkdown([
    resultsOf([summarise('float32', [ours], figures)]),
    { ...resultsOf([summarise('float32', [theirs], figures)]), threads: 8 },
  ])
  expect(text.split('An example.')).toHaveLength(2)
  expect(text).toContain('2 threads on each side')
  expect(text).toContain('8 threads on each side')
})

test('without a second side there is no ratio column', () => {
  const text = resultsMarkdown([resultsOf([summarise('float32', [ours], figures)])])
  expect(text).toContain('| case | figure | Laurel |\n')
})

test('numbers are shown with three significant digits', () => {
  expect([0.123456, 1.5, 12.345, 1234.5, 0].map(rounded)).toEqual(['0.123', '1.50', '12.3', '1,235', '0'])
})

test('a block is replaced between its markers, and the text around it is unchanged', () => {
  const document = 'before\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nafter\n'
  expect(replaceBlock(document, 'a', 'new')).toBe('before\n<!-- bench:a -->\n\nnew\n\n<!-- /bench:a -->\nafter\n')
})

test('replacing a block is idempotent', () => {
  const once = replaceBlock('# Title\n\nprose\n', 'a', 'table')
  expect(replaceBlock(once, 'a', 'table')).toBe(once)
  expect(once.startsWith('# Title\n\nprose\n\n<!-- bench:a -->')).toBe(true)
})

test('blocks are independent, even if one name is a prefix of another', () => {
  const both = replaceBlock(replaceBlock('x\n', 'generate', 'one'), 'generate-shared', 'two')
  const changed = replaceBlock(both, 'generate', 'three')
  expect(changed).toContain('three')
  expect(changed).toContain('two')
  expect(changed).not.toContain('one')
})
