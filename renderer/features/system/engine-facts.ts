import { type ClusterFacts, clusterPackages, hardwareText, notInstalled, softwareText } from '../../../main/shared/cluster-facts.ts'
import type { ShownEngine } from '../../../main/shared/contract/engines-contract.ts'
import type { EngineAbilities, EngineTest } from '../../../main/shared/engine-settings.ts'
import type { Fact } from '../../components/facts.tsx'
import { fixed, moment } from '../../components/format.ts'
import { judgeWords } from '../../components/judge-words.ts'

/** What a card says of an engine: its key, and what its newest test found. */
export const engineFacts = (engine: ShownEngine): Fact[] => [
  keyFact(engine),
  ...(engine.settings.kind === 'ray' ? clusterTestFacts(engine.test) : serverTestFacts(engine.test)),
  ...judgeFacts(engine),
]

const untested = (why: string): Fact[] => [{ name: 'Test', value: `Not tested yet. ${why}`, tone: 'warning' }]

const clusterTestFacts = (test: EngineTest | null): Fact[] =>
  test?.cluster === undefined
    ? untested('A test takes a minute or two and shows whether the nodes see the storage and what they have installed.')
    : [{ name: 'Tested', value: moment(test.at) }, ...clusterFactsOf(test.cluster)]

const clusterFactsOf = (cluster: ClusterFacts): Fact[] => [
  { name: 'Cluster', value: hardwareText(cluster), meaning: 'Nodes that are up and have a processor for work.' },
  { name: 'Storage', value: cluster.nodes === 0 ? 'seen by the head' : 'seen by the nodes' },
  { name: 'Software', value: softwareText(cluster), tone: isComplete(cluster) ? undefined : 'error' },
  { name: 'Judges', value: 'all' },
]

const isComplete = ({ versions }: ClusterFacts): boolean =>
  clusterPackages.every(([key]) => (versions[key] ?? notInstalled) !== notInstalled)

const serverTestFacts = (test: EngineTest | null): Fact[] =>
  test === null ? untested('Judges that read probabilities need a test first.') : testFacts(test)

const keyWords: Readonly<Record<NonNullable<ShownEngine['key']>, string>> = {
  environment: 'from an environment variable',
  keyring: 'in this computer’s keyring',
  file: 'in a file that only you can read',
}
const keyFact = ({ key }: ShownEngine): Fact => ({ name: 'API key', value: key === null ? 'none' : keyWords[key] })

const yes = (isSo: boolean): string => (isSo ? 'yes' : 'no')

function testFacts({ at, latency_ms, tokens_per_second, abilities }: EngineTest): Fact[] {
  const speed = tokens_per_second === null ? 'not measured' : `${fixed(tokens_per_second, 1)} tokens/s`
  const first = latency_ms === null ? '' : `, the first after ${Math.round(latency_ms)} ms`
  const tested: Fact[] = [
    { name: 'Tested', value: moment(at) },
    { name: 'Speed', value: `${speed}${first}`, meaning: 'Of a single response. A server with several requests in flight does more.' },
  ]
  return abilities === null ? [...tested, { name: 'Answers', value: 'no', tone: 'error' }] : [...tested, ...abilityFacts(abilities)]
}

const abilityFacts = (has: EngineAbilities): Fact[] => [
  {
    name: 'Log-probabilities',
    value: has.logprobs === 0 ? 'no' : `of the ${has.logprobs} likeliest first tokens`,
    meaning: 'Judges that read the probability of a verdict need them.',
  },
  {
    name: 'Of given responses',
    value: has.prompt_logprobs === 'chat' ? 'yes' : has.prompt_logprobs === 'echo' ? 'of plain text only' : 'no',
    meaning: 'vLLM has them (prompt_logprobs). The judge contrast needs them.',
  },
  {
    name: 'Thinks first',
    value: yes(has.thinks),
    meaning: 'Thoughts count towards the limit of a response, and its first token isn’t the answer’s.',
  },
  {
    name: 'Continues responses',
    value: yes(has.continues),
    meaning: 'Continues a response whose first words are given. The judge expected needs it.',
  },
  { name: 'Plain text', value: yes(has.completions), meaning: 'Continues text without a chat template (completions).' },
  {
    name: 'Also',
    value:
      [has.several ? 'several responses at a time' : '', has.seed ? 'seeds' : '', has.guided_choice ? 'guided choice' : '']
        .filter((part) => part !== '')
        .join(', ') || 'nothing else',
  },
]

function judgeFacts({ judges }: ShownEngine): Fact[] {
  if (judges === null) return []
  const served = judges.filter(({ lacks }) => lacks === null).map(({ method }) => judgeWords[method].name)
  const refused = judges.flatMap(({ method, lacks }) => (lacks === null ? [] : [`${judgeWords[method].name}: no ${lacks}`]))
  return [
    { name: 'Judges', value: served.length === 0 ? 'none' : served.join(', '), tone: served.length === 0 ? 'error' : undefined },
    ...(refused.length === 0 ? [] : [{ name: 'Not', value: refused.join('; ') }]),
  ]
}
