import { Route, Switch } from 'wouter'
import { Page } from '../../components/page.tsx'
import { PageTabs } from '../../components/page-tabs.tsx'
import { ArenaView } from './arena-view.tsx'
import { ResultsView } from './results-view.tsx'
import { SuitesView } from './suites-view.tsx'

const tabs = [
  { path: '/evaluate', name: 'Arena' },
  { path: '/evaluate/suites', name: 'Suites' },
  { path: '/evaluate/results', name: 'Results' },
]

/** The evaluation page: votes in the arena, evaluations by a judge or a program, and all results. */
export function EvaluatePage() {
  return (
    <Page title="Evaluate" status={<PageTabs label="Evaluation views" tabs={tabs} />}>
      <Switch>
        <Route path="/evaluate/suites" component={SuitesView} />
        <Route path="/evaluate/results" component={ResultsView} />
        <Route component={ArenaView} />
      </Switch>
    </Page>
  )
}
