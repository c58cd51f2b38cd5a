import { Button, Tooltip } from '@mantine/core'
import type { ShownEngine } from '../../../main/shared/contract/engines-contract.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { Facts } from '../../components/facts.tsx'
import { useRemoval } from '../../components/use-removal.ts'
import { engineFacts } from './engine-facts.ts'
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
        <Tooltip label="Its address, model or storage, limits, prices, and API key environment variable. Pause a run that uses it first; it continues with what you change.">
          <Button onClick={onEdit}>Edit</Button>
        </Tooltip>
        <Button onClick={onKey}>Set API key</Button>
        <Tooltip label="Removes its address and its key from this machine; you can undo it for ten seconds. Runs keep what it has answered. One that isn’t finished needs an engine of this name to continue.">
          <Button loading={removal.isPending} onClick={() => removal.mutate({ name })}>
            Remove
          </Button>
        </Tooltip>
      </div>
      {removal.isError && <ErrorCard error={removal.error} />}
      <Facts facts={engineFacts(engine)} />
      {test !== null && test.notes.length > 0 && (
        <details className={styles.engineNotes}>
          <summary>Test notes ({test.notes.length})</summary>
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
