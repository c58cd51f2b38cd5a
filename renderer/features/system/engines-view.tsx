import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ShownEngine } from '../../../main/shared/contract/engines-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { EngineCard } from './engine-card.tsx'
import { EngineDialog } from './engine-dialog.tsx'
import { EngineKeyDialog } from './engine-key-dialog.tsx'
import styles from './system.module.css'
import { enginesActions } from './system-actions.ts'

type Dialog = { readonly kind: 'add' } | { readonly kind: 'edit' | 'key'; readonly engine: ShownEngine }

/** Engines besides this machine: servers that write, judge, or train for a run. */
export function EnginesView() {
  const [dialog, setDialog] = useState<Dialog | null>(null)
  const engines = useQuery(orpc.engines.list.queryOptions({ staleTime: 0 }))
  const queries = useQueryClient()
  const testing = useMutation(
    orpc.engines.test.mutationOptions({ onSettled: () => queries.invalidateQueries({ queryKey: orpc.engines.key() }) }),
  )
  const close = (): void => setDialog(null)
  const test = (name: string): void => testing.mutate({ name })
  const actions = useScreenActions(enginesActions, { add: { perform: () => setDialog({ kind: 'add' }) } })
  return (
    <>
      <Panel title="Engines" corner={<Button {...actionProps(actions.add)} variant="filled" />} flush>
        <p className={styles.engineNote}>
          Every run can use this machine, as <span className="code">local</span>. Add a server to have it write prompts, judge answers, or
          compare models; a recipe names it under Engine.
        </p>
        <QueryView query={engines}>
          {(all) =>
            all.length === 0 ? (
              <EmptyState title="Only this machine">
                A server with OpenAI’s API can judge with a larger model than this machine can: vLLM, SGLang, llama.cpp, Ollama, or a
                service on the internet. A Ray cluster can also answer and train.
              </EmptyState>
            ) : (
              <ul className={styles.engineList}>
                {all.map((engine) => (
                  <EngineCard
                    key={engine.name}
                    engine={engine}
                    isTesting={testing.isPending && testing.variables.name === engine.name}
                    canTest={!testing.isPending}
                    onTest={() => test(engine.name)}
                    onEdit={() => setDialog({ kind: 'edit', engine })}
                    onKey={() => setDialog({ kind: 'key', engine })}
                  />
                ))}
              </ul>
            )
          }
        </QueryView>
        {testing.isError && <ErrorCard error={testing.error} />}
      </Panel>
      {dialog?.kind === 'add' && <EngineDialog onClose={close} onUntested={test} />}
      {dialog?.kind === 'edit' && <EngineDialog engine={dialog.engine} onClose={close} onUntested={test} />}
      {dialog?.kind === 'key' && <EngineKeyDialog engine={dialog.engine} onClose={close} />}
    </>
  )
}
