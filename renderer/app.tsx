import { lazy, Suspense, useCallback } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import type { FollowedEvent } from '../main/shared/contract/events-contract.ts'
import { KeySheet } from './actions/key-sheet.tsx'
import { useFreshRuns } from './api/run-events.ts'
import { noteProgress } from './api/run-progress.ts'
import { useWindowCommands } from './api/window-commands.ts'
import styles from './app.module.css'
import { ErrorBoundary } from './components/error-boundary.tsx'
import { Loading } from './components/loading.tsx'
import { NoSuchPage } from './components/no-such-page.tsx'
import { OfflineBar } from './components/offline-bar.tsx'
import { Rail } from './components/rail.tsx'
import { ReadOnlyBar } from './components/read-only-bar.tsx'
import { UndoBar } from './components/undo-bar.tsx'
import { screenKeys } from './screen-keys.ts'
import { NoticeSwitch } from './signs/notice-switch.tsx'
import { useRunNotices } from './signs/use-run-notices.ts'
import { useWindowSigns } from './signs/use-window-signs.ts'
import { WindowActions } from './window-actions.tsx'

const EvaluatePage = lazy(async () => ({ default: (await import('./features/evaluate/evaluate-page.tsx')).EvaluatePage }))
const ModelsPage = lazy(async () => ({ default: (await import('./features/models/models-page.tsx')).ModelsPage }))
const ComparePage = lazy(async () => ({ default: (await import('./features/compare/compare-page.tsx')).ComparePage }))
const RunPage = lazy(async () => ({ default: (await import('./features/run/run-page.tsx')).RunPage }))
const NewRunPage = lazy(async () => ({ default: (await import('./features/new-run/new-run-page.tsx')).NewRunPage }))
const ReviewPage = lazy(async () => ({ default: (await import('./features/review/review-page.tsx')).ReviewPage }))
const RunsPage = lazy(async () => ({ default: (await import('./features/runs/runs-page.tsx')).RunsPage }))
const DataPage = lazy(async () => ({ default: (await import('./features/data/data-page.tsx')).DataPage }))
const PromptPage = lazy(async () => ({ default: (await import('./features/prompt/prompt-page.tsx')).PromptPage }))
const SearchPage = lazy(async () => ({ default: (await import('./features/search/search-page.tsx')).SearchPage }))
const SystemPage = lazy(async () => ({ default: (await import('./features/system/system-page.tsx')).SystemPage }))

/** The window: the navigation rail and the current page. */
export function App() {
  const notify = useRunNotices()
  const listen = useCallback(
    (event: FollowedEvent) => {
      noteProgress(event)
      notify(event)
    },
    [notify],
  )
  useFreshRuns(listen)
  useWindowCommands()
  const { waiting } = useWindowSigns()
  const [place] = useLocation()
  return (
    <div className={styles.window}>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <Rail waiting={waiting} foot={<NoticeSwitch />} />
      <main id="content" className={styles.content} tabIndex={-1}>
        <OfflineBar />
        <ReadOnlyBar />
        <ErrorBoundary of={place}>
          <Suspense fallback={<Loading />}>
            <Switch>
              <Route path="/evaluate/*?" component={EvaluatePage} />
              <Route path="/models/*?" component={ModelsPage} />
              <Route path="/runs" component={RunsPage} />
              <Route path="/runs/new" component={NewRunPage} />
              <Route path="/data/*?" component={DataPage} />
              <Route path="/runs/:id" component={RunPage} />
              <Route path="/system/*?" component={SystemPage} />
              <Route path="/prompt" component={PromptPage} />
              <Route path="/search" component={SearchPage} />
              <Route path="/compare" component={ComparePage} />
              <Route path="/review/:runId?" component={ReviewPage} />
              <Route path="/">
                <Redirect to="/runs" />
              </Route>
              <Route component={NoSuchPage} />
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </main>
      <KeySheet screens={screenKeys} />
      <WindowActions />
      <UndoBar />
    </div>
  )
}
