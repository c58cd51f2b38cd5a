import type { WebContents } from 'electron'
import { isAppAddress } from './origin.ts'

/** What a page can be made to do with an address that is not the window's own. */
type Outside = (address: string) => void

/**
 * A page stays in app://laurel: it and its frames go nowhere else, it opens no windows and holds no web views. What it wanted to open is
 * handed to `openOutside`, which decides.
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
