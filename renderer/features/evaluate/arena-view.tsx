import { useQuery } from '@tanstack/react-query'
import { engineUseText } from '../../../main/shared/engine-use-text.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ArenaRound } from './arena-round.tsx'
import { ArenaSetup } from './arena-setup.tsx'
import { useArena } from './arena-store.ts'
import styles from './evaluate.module.css'
import { Standings } from './standings.tsx'

/** The arena: two anonymous answers, a vote, the models' names, and the standings. */
export function ArenaView() {
  const error = useArena((state) => state.error)
  const phase = useArena((state) => state.phase.kind)
  const isBlind = useArena((state) => state.isBlind)
  const mayTellModels = isBlind && (phase === 'writing' || phase === 'voting')
  const standings = useQuery(orpc.evaluate.arena.standings.queryOptions({ input: { isOpen: !isBlind } }))
  return (
    <>
      <ArenaSetup />
      {error != null && <ErrorCard error={error} onRetry={() => void useArena.getState().next()} />}
      {phase === 'setting-up' ? (
        <EmptyState title={isBlind ? 'Compare answers blind' : 'Compare answers, names shown'}>
          Two of the chosen models answer the same prompt, placed at random.{' '}
          {isBlind
            ? 'You vote before their names are revealed, so names and scores can’t sway you.'
            : 'You see their names before you vote, which can sway you: these votes have standings of their own.'}
        </EmptyState>
      ) : (
        <ArenaRound />
      )}
      <Panel
        title={isBlind ? 'Standings by blind votes' : 'Standings by votes with names shown'}
        corner={<span className={styles.cornerNote}>{standings.data && votesText(standings.data.votes)}</span>}
      >
        <QueryView query={standings}>
          {({ models, reasons, engineUsage }) => (
            <>
              <Standings models={models} reasons={reasons} label="Standings by votes" />
              {engineUsage.length > 0 && !mayTellModels && (
                <p className={styles.asked}>All rounds asked {engineUsage.map(engineUseText).join('; ')}</p>
              )}
            </>
          )}
        </QueryView>
      </Panel>
    </>
  )
}

const votesText = (votes: number): string => (votes === 1 ? '1 vote' : `${votes} votes`)
