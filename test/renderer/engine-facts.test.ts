import { describe, expect, it } from 'vitest'
import type { ShownEngine } from '../../main/shared/contract/engines-contract.ts'
import { type EngineTest, raySettings } from '../../main/shared/engine-settings.ts'
import { engineFacts } from '../../renderer/features/system/engine-facts.ts'
import { serverEngine } from '../support/configured-engines.ts'

const versions = { vllm: '0.32.0', trl: '1.16.0', ray: '2.60.0' }
const cluster = { nodes: 2, cpus: 128, gpus: 8, device: 'H100', versions }
const test: EngineTest = {
  ...{ at: '2026-12-01T00:00:00.000Z', model: '', latency_ms: null, tokens_per_second: null, models: [], abilities: null, notes: [] },
  cluster,
}
const settings = raySettings.parse({ kind: 'ray', address: 'http://head:8265', storage: '/mnt/laurel' })
const clusterEngine = (newest: EngineTest | null): ShownEngine => ({
  ...{ name: 'cluster', settings, addedAt: '', test: newest, key: null, judges: null },
})
const server = (has: object | null): ShownEngine => ({ ...serverEngine('big', has), key: null, judges: null })

const linesOf = (engine: ShownEngine): string[] => engineFacts(engine).map(({ name, value }) => `${name}: ${value}`)
const tonesOf = (engine: ShownEngine) => engineFacts(engine).flatMap(({ name, tone }) => (tone === undefined ? [] : [`${name}: ${tone}`]))

describe('the card of an engine', () => {
  it('says of a tested cluster what its nodes are and have, and nothing of answers to messages', () => {
    expect(linesOf(clusterEngine(test))).toEqual([
      'API key: none',
      expect.stringMatching(/^Tested: /),
      'Cluster: 2 nodes, 8 x H100',
      'Storage: seen by the nodes',
      'Software: vLLM 0.32.0, TRL 1.16.0, Ray 2.60.0',
      'Judges: all',
    ])
    expect(tonesOf(clusterEngine(test))).toEqual([])
  })

  it('marks a cluster that lacks vLLM or TRL', () => {
    const lacking = clusterEngine({ ...test, cluster: { ...cluster, versions: { ...versions, trl: 'not installed' } } })
    expect(tonesOf(lacking)).toEqual(['Software: error'])
    expect(linesOf(lacking)).toContain('Software: vLLM 0.32.0, TRL not installed, Ray 2.60.0')
  })

  it('says of an untested engine what a test would show', () => {
    expect(linesOf(clusterEngine(null)).at(-1)).toMatch(/^Test: Not tested yet\. .*nodes see the storage/)
    expect(linesOf(server(null)).at(-1)).toBe('Test: Not tested yet. Judges that read probabilities need a test first.')
  })

  it('says of a tested server what it has, and of one that answers no messages that it doesn’t', () => {
    expect(linesOf(server({}))).toContain('Log-probabilities: of the 20 likeliest first tokens')
    const silent = server({})
    expect(tonesOf({ ...silent, test: { ...silent.test!, abilities: null } })).toEqual(['Answers: error'])
  })
})
