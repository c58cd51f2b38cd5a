import { Route, Switch } from 'wouter'
import { Page } from '../../components/page.tsx'
import { PageTabs } from '../../components/page-tabs.tsx'
import { modelTabs } from '../../components/places.ts'
import { ChatView } from './chat-view.tsx'
import { LibraryView } from './library-view.tsx'
import { LineageView } from './lineage-view.tsx'
import { TemplateView } from './template-view.tsx'

/** The models page: library, lineage, chat, and chat templates. */
export function ModelsPage() {
  return (
    <Page title="Models" status={<PageTabs label="Model views" tabs={modelTabs} />}>
      <Switch>
        <Route path="/models/lineage/:runId?">{({ runId }) => <LineageView runId={runId ?? null} />}</Route>
        <Route path="/models/chat" component={ChatView} />
        <Route path="/models/template" component={TemplateView} />
        <Route component={LibraryView} />
      </Switch>
    </Page>
  )
}
