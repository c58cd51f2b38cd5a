import { hardwareText, softwareText } from '../shared/cluster-facts.ts'
import type { ShownEngine } from '../shared/contract/engines-contract.ts'
import { type EngineAbilities, type EngineSettings, type EngineTest, thisMachine } from '../shared/engine-settings.ts'

const keyWords: Readonly<Record<NonNullable<ShownEngine['key']>, string>> = {
  environment: 'from the environment',
  keyring: 'in the keyring of the desktop',
  file: 'stored',
}

const placeOf = (settings: EngineSettings): string =>
  settings.kind === 'openai'
    ? `OpenAI-compatible server, ${settings.address}, ${settings.model}`
    : `Ray cluster, ${settings.address}, ${settings.storage}`

const timeText = ({ test }: ShownEngine): string => (test === null ? 'not tested' : `tested ${test.at.slice(0, 16).replace('T', ' ')}`)

/** The engines, one a line. */
export const engineListText = (engines: readonly ShownEngine[]): string =>
  [
    `${thisMachine}  this machine`,
    ...engines.map((engine) => {
      const key = engine.key === null ? 'no key' : `key ${keyWords[engine.key]}`
      return `${engine.name}  ${placeOf(engine.settings)}; ${key}; ${timeText(engine)}`
    }),
    '',
  ].join('\n')

/** What a test found, as words. */
const abilityLines = (has: EngineAbilities): [string, string][] => [
  ['plain text', yesNo(has.completions)],
  ['log-probabilities', has.logprobs === 0 ? 'no' : `of the ${has.logprobs} most likely first tokens`],
  ['of given responses', has.prompt_logprobs === 'chat' ? 'yes' : has.prompt_logprobs === 'echo' ? 'of plain text only' : 'no'],
  ['thinks first', yesNo(has.thinks)],
  ['continues responses', yesNo(has.continues)],
  ['several at a time', yesNo(has.several)],
  ['seeds', yesNo(has.seed)],
  ['guided choice', yesNo(has.guided_choice)],
]
const yesNo = (isSo: boolean): string => (isSo ? 'yes' : 'no')

const serverLines = ({ model, latency_ms, tokens_per_second, abilities }: EngineTest): [string, string][] => [
  ['model', model],
  ['first token after', latency_ms === null ? 'not measured' : `${Math.round(latency_ms)} ms`],
  ['speed', tokens_per_second === null ? 'not measured' : `${tokens_per_second.toFixed(1)} tokens/s`],
  ...(abilities === null ? [] : abilityLines(abilities)),
]

/** An engine and its newest test. */
export function engineLines(engine: ShownEngine): string {
  const { test, judges } = engine
  const rows: [string, string][] = [['engine', `${engine.name} (${placeOf(engine.settings)})`]]
  if (test?.cluster !== undefined) {
    rows.push(['cluster', hardwareText(test.cluster)], ['software', softwareText(test.cluster)], ['judges', 'all'])
  } else if (test !== null && engine.settings.kind === 'openai') rows.push(...serverLines(test))
  const served = (judges ?? []).filter(({ lacks }) => lacks === null).map(({ method }) => method)
  if (judges !== null) rows.push(['judges', served.length === 0 ? 'none' : served.join(', ')])
  const refused = (judges ?? []).flatMap(({ method, lacks }) => (lacks === null ? [] : [`  not ${method}: no ${lacks}`]))
  const width = Math.max(...rows.map(([name]) => name.length))
  const notes = (test?.notes ?? []).map((note) => `  ${note}`)
  return [...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ...refused, ...notes, ''].join('\n')
}
