import { expect, test } from 'vitest'
import type { ShownModel } from '../../main/shared/contract/runs-contract.ts'
import { layOut, lineHeight, linesTop, nodeHeight } from '../../renderer/features/models/lineage-layout.ts'

const model = (name: string, from: string | null, reference: string | null = null): ShownModel => ({
  ...{ name, deleted: false, path: `/${name}`, initialised_from: from, reference, data: `data of ${name}`, sha256: '0' },
  ...{ made: null, win_rates: [], checkpoints: [], judge_quality: null, checks: {}, training: null },
})

test('models are in a line in the order they were made, each connected to the model it was trained from', () => {
  const { nodes, edges } = layOut([model('M0', null), model('M1', 'M0'), model('M2', 'M1', 'M1')])
  expect(nodes.map(({ x }) => x)).toEqual(nodes.map(({ x }) => x).toSorted((a, b) => a - b))
  expect(new Set(nodes.map(({ y }) => y)).size).toBe(1)
  expect(edges.map(({ from, to, method }) => `${from.model.name} ${method} ${to.model.name}`)).toEqual(['M0 SFT M1', 'M1 DPO M2'])
})

test('the SFT baseline is above the line, next to M1, and nothing overlaps', () => {
  const { nodes, edges, width, height } = layOut([model('M0', null), model('SFT', 'M0'), model('M1', 'M0')])
  const byName = new Map(nodes.map((node) => [node.model.name, node]))
  expect(byName.get('SFT')!.y).toBeLessThan(byName.get('M1')!.y)
  expect(byName.get('SFT')!.x).toBe(byName.get('M1')!.x)
  expect(edges).toHaveLength(2)
  expect(new Set(nodes.map(({ x, y }) => `${x}/${y}`)).size).toBe(3)
  for (const { x, y } of nodes) expect(x < width && y < height).toBe(true)
})

test('a run with only its base model has one node and no edges', () => {
  expect(layOut([model('M0', null)])).toMatchObject({ edges: [], nodes: [{ model: { name: 'M0' } }] })
})

test('an edge label of any length fits below its arrow', () => {
  const long = { ...model('M2', 'M1', 'M1'), data: '461 pairs of M1 (ended early: 14 of 29 steps), decided in part by you' }
  const { edges, height } = layOut([model('M0', null), model('M1', 'M0'), long])
  const { lines, from } = edges.find(({ to }) => to.model.name === 'M2')!
  expect(lines.join(' ')).toBe(long.data)
  expect(from.y + nodeHeight / 2 + linesTop + lineHeight * (lines.length - 1)).toBeLessThan(height)
})
