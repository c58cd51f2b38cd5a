import { Button, Tooltip } from '@mantine/core'
import type { ShownEngine } from '../../../main/shared/contract/engines-contract.ts'
import type { EngineAbilities, EngineTest } from '../../../main/shared/engine-settings.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { type Fact, Facts } from '../../components/facts.tsx'
import { fixed, moment } from '../../components/format.ts'
import { judgeWords } from '../../components/judge-words.ts'
import { useRemoval } from '../../components/use-removal.ts'
import styles from './system.module.css'

interface EngineCardProps {
  readonly engine: ShownEngine
  readonly isTesting: boolean
  readonly canTest: boolean
  readonly onTest: () => void
  readonly onEdit: () => void
  readonly onKey: () => void
}

/** A configured engine: where it is, what its newest test found, and which judges it can serve. */
export function EngineCard({ engine, isTesting, canTest, onTest, onEdit, onKey }: EngineCardProps) {
  const { name, settings, test } = engine
  const removal = useRemoval<{ name: string }>({
    ...{ text: `Removed ${name}.`, remove: client.engines.remove, undo: client.engines.undoRemove, queryKey: orpc.engines.key() },
  })
  return (
    <li className={styles.engine} aria-label={name}>
      <div className={styles.engineHead}>
        <div className={styles.problemText}>
          <strong>{name}</strong>
          <p className="dim">
            {settings.kind === 'openai' ? 'OpenAI-compatible server' : 'Ray cluster'}, <span className="code">{settings.address}</span>
            {settings.kind === 'openai' && (
              <>
                , <span className="code">{settings.model}</span>
              </>
            )}
          </p>
        </div>
        <Button onClick={onTest} loading={isTesting} disabled={!canTest}>
          Test
        </Button>
        <Tooltip label="Its address, model or storage, limits, prices, and the variable of its key. Pause a run that uses it first; it continues with what you change.">
          <Button onClick={onEdit}>Edit</Button>
        </Tooltip>
        <Button onClick={onKey}>Set key</Button>
        <Tooltip label="Removes its address and its key from this machine; you can undo it for ten seconds. Runs keep what it has answered. One that isn’t finished needs an engine of this name to continue.">
          <Button loading={removal.isPending} onClick={() => removal.mutate({ name })}>
            Remove
          </Button>
        </Tooltip>
      </div>
      {removal.isError && <ErrorCard error={removal.error} />}
      <Facts facts={[keyFact(engine), ...(test === null ? [untested] : testFacts(test)), ...judgeFacts(engine)]} />
      {test !== null && test.notes.length > 0 && (
        <details className={styles.engineNotes}>
          <summary>{test.notes.length === 1 ? '1 remark' : `${test.notes.length} remarks`} of the test</summary>
          <ul>
            {test.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  )
}

const untested: Fact = { name: 'Test', value: 'Not tested yet. Judges that read probabilities need a test first.', tone: 'warning' }

const keyWords: Readonly<Record<NonNullable<ShownEngine['key']>, string>> = {
  environment: 'from an environment variable',
  keyring: 'in this computer’s keyring',
  file: 'in a file that only you can read',
}
const keyFact = ({ key }: ShownEngine): Fact => ({ name: 'Key', value: key === null ? 'none' : keyWords[key] })

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
