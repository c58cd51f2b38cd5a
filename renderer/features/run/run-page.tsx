import { useState } from 'react'
import { useLocation } from 'wouter'
import type { TimelineStage } from '../../../main/shared/contract/charts-contract.ts'
import { methodWords } from '../../components/method-choices.ts'
import { Page } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { RunControls } from '../../components/run-controls.tsx'
import { RunMenu } from '../../components/run-menu/run-menu.tsx'
import { StatusDot } from '../../components/status-dot.tsx'
import { Callouts } from './callouts.tsx'
import { DistributionPanel } from './distribution-panel.tsx'
import { EnginesPanel } from './engines-panel.tsx'
import { LoadPanel } from './load-panel.tsx'
import { LogPanel } from './log-panel.tsx'
import { NowLine } from './now-line.tsx'
import { OutsidePanel } from './outside-panel.tsx'
import { ProgressPanel } from './progress-panel.tsx'
import { RecipePanel } from './recipe-panel.tsx'
import { RunFacts } from './run-facts.tsx'
import styles from './run-page.module.css'
import { SamplesPanel } from './samples-panel.tsx'
import { StageDrawer } from './stage-drawer.tsx'
import { Timeline } from './timeline.tsx'
import { TrainingPanel } from './training-panel.tsx'
import { useLiveRun } from './use-live-run.ts'
import { VerdictCard } from './verdict-card.tsx'
import { WatchPanel } from './watch-panel.tsx'
import { WinRatesPanel } from './win-rates-panel.tsx'

/** One run: its progress, its health, and its results. */
export function RunPage({ params: { id } }: { readonly params: { readonly id: string } }) {
  const { run: query, timeline, progress } = useLiveRun(id)
  const [opened, setOpened] = useState<TimelineStage | null>(null)
  const [, go] = useLocation()
  const title = query.data?.name ?? 'Run'
  return (
    <Page
      title={title}
      status={
        query.data && (
          <>
            <span className="code dim">{query.data.id}</span>
            <StatusDot status={query.data.status} />
            {query.data.recipe.method !== 'self-rewarding' && (
              <span className="dim" title={methodWords[query.data.recipe.method].means}>
                {methodWords[query.data.recipe.method].label}
              </span>
            )}
          </>
        )
      }
      actions={
        query.data && (
          <>
            <RunControls run={query.data} inView />
            <RunMenu inView run={{ ...query.data, review_wait: query.data.recipe.review.wait }} onRemoved={() => go('/runs')} />
          </>
        )
      }
    >
      <QueryView query={query}>
        {(run) => (
          <>
            <Callouts run={run} timeline={timeline.data} />
            <VerdictCard run={run} />
            <RunFacts run={run} />
            <section className={styles.spine} aria-label="The run, stage by stage">
              <NowLine run={run} timeline={timeline.data} progress={progress} />
              <QueryView query={timeline}>
                {(line) => <Timeline run={run} timeline={line} progress={progress} onOpen={setOpened} />}
              </QueryView>
            </section>
            <LoadPanel run={run} />
            <div className={styles.top}>
              <DistributionPanel run={run} />
              <div className={styles.side}>
                <WinRatesPanel run={run} />
                <WatchPanel run={run} />
              </div>
            </div>
            <ProgressPanel run={run} />
            <OutsidePanel run={run} />
            <TrainingPanel run={run} />
            <SamplesPanel run={run} />
            <EnginesPanel run={run} />
            <div className={styles.bottom}>
              <LogPanel run={run} />
              <RecipePanel run={run} />
            </div>
            <StageDrawer run={run} stage={opened} onClose={() => setOpened(null)} />
          </>
        )}
      </QueryView>
    </Page>
  )
}
