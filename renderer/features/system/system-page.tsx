import { Redirect, Route, Switch } from 'wouter'
import { Page } from '../../components/page.tsx'
import { PageTabs } from '../../components/page-tabs.tsx'
import { systemTabs } from '../../components/places.ts'
import { AboutView } from './about-view.tsx'
import { EnginesView } from './engines-view.tsx'
import { LogView } from './log-view.tsx'
import { MachineView } from './machine-view.tsx'
import { StorageView } from './storage-view.tsx'

/** The system pages: machine, storage, log, settings, and about. */
export function SystemPage() {
  return (
    <Page title="System" status={<PageTabs label="System" tabs={systemTabs} />}>
      <Switch>
        <Route path="/system" component={MachineView} />
        <Route path="/system/engines" component={EnginesView} />
        <Route path="/system/storage" component={StorageView} />
        <Route path="/system/log" component={LogView} />
        <Route path="/system/about" component={AboutView} />
        <Redirect to="/system" />
      </Switch>
    </Page>
  )
}
