import { Redirect, Route, Switch } from 'wouter'
import { ExportPage } from './export-page.tsx'
import { ImportPage } from './import-page.tsx'
import { LibraryPage } from './library-page.tsx'
import { SetPage } from './set-page.tsx'

/** The data pages: library, a data set's rows, import, and export, each with its own address. */
export function DataPage() {
  return (
    <Switch>
      <Route path="/data" component={LibraryPage} />
      <Route path="/data/import" component={ImportPage} />
      <Route path="/data/export" component={ExportPage} />
      <Route path="/data/sets/:id">{({ id }) => <SetPage key={id} id={id} />}</Route>
      <Redirect to="/data" />
    </Switch>
  )
}
