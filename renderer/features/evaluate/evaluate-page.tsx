import { Redirect, Route, Switch, useLocation } from 'wouter'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { Page } from '../../components/page.tsx'
import { PageTabs } from '../../components/page-tabs.tsx'
import { evaluateTabs } from '../../components/places.ts'
import { AbilitiesView } from './abilities-view.tsx'
import { AlpacaEvalView } from './alpaca-eval-view.tsx'
import { ArenaView } from './arena-view.tsx'
import { evaluateActions } from './evaluate-actions.ts'
import { EvaluationsView } from './evaluations-view.tsx'
import { MtBenchView } from './mt-bench-view.tsx'
import { ResultsView } from './results-view.tsx'
import { StandingsView } from './standings-view.tsx'

/** The evaluation page: votes in the arena, standings, evaluations by a judge or a program, MT-Bench by category, AlpacaEval, abilities by file, and all results. */
export function EvaluatePage() {
  const [, go] = useLocation()
  useScreenActions(evaluateActions, { newEvaluation: { perform: () => go('/evaluate/evaluations?new') } })
  return (
    <Page title="Evaluate" status={<PageTabs label="Evaluation views" tabs={evaluateTabs} />}>
      <Switch>
        <Route path="/evaluate/standings" component={StandingsView} />
        <Route path="/evaluate/evaluations" component={EvaluationsView} />
        <Route path="/evaluate/suites">
          <Redirect to="/evaluate/evaluations" replace />
        </Route>
        <Route path="/evaluate/mt-bench" component={MtBenchView} />
        <Route path="/evaluate/alpaca-eval" component={AlpacaEvalView} />
        <Route path="/evaluate/abilities" component={AbilitiesView} />
        <Route path="/evaluate/results" component={ResultsView} />
        <Route component={ArenaView} />
      </Switch>
    </Page>
  )
}
