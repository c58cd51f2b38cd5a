import type { WebContents } from 'electron'
import { isAppAddress } from './origin.ts'

/** Handles an address outside the application. */
type Outside = (address: string) => void

/**
 * Confines a page to app://laurel: no navigation elsewhere (frames included), no new windows, no web views. Addresses that the page tries to
 * open go to `openOutside`, which decides.
 */
export function confineNavigation(contents: WebContents, openOutside: Outside): void {
  const stay = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!isAppAddress(event.url)) event.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url)
    return { action: 'deny' }
  })
}
