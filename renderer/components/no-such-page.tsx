import { Link } from 'wouter'
import { EmptyState } from './empty-state.tsx'
import { Page } from './page.tsx'

/** What an address shows that no page has. */
export function NoSuchPage() {
  return (
    <Page title="No such page">
      <EmptyState title="Nothing is at this address">
        It may be mistyped, or from another version of Laurel. <Link href="/runs">Runs</Link> is where everything starts.
      </EmptyState>
    </Page>
  )
}
