import type { IpcMainEvent, Session, WebContents, WebPreferences } from 'electron'

/** The origin of Laurel's window. */
export const appScheme = 'app'
export const appHost = 'laurel'
export const appOrigin = `${appScheme}://${appHost}`

/** Whether an address belongs to the application: app://laurel/..., without a port or credentials. */
export function isAppAddress(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && url.protocol === `${appScheme}:` && url.host === appHost && url.username === '' && url.password === ''
}

/** Whether a message comes from the top-level page of one of our windows, not from other web contents, a nested frame, or another origin. */
export function isOwnPage({ sender, senderFrame }: Pick<IpcMainEvent, 'sender' | 'senderFrame'>, windows: ReadonlySet<number>): boolean {
  if (senderFrame === null || !windows.has(sender.id)) return false
  return senderFrame === sender.mainFrame && senderFrame.parent === null && isAppAddress(senderFrame.url)
}

/** The only browser permission that the page needs: writing copied text to the clipboard. Electron grants every permission by default. */
const granted: ReadonlySet<string> = new Set(['clipboard-sanitized-write'])

export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(granted.has(permission)))
  session.setPermissionCheckHandler((_contents, permission) => granted.has(permission))
  session.setDevicePermissionHandler(() => false)
  session.setBluetoothPairingHandler((_details, callback) => callback({ confirmed: false }))
  session.setDisplayMediaRequestHandler((_request, callback) => callback(null))
}

/** Every security-relevant preference, spelled out: an isolated, sandboxed page without Node that loads only its own files. */
export const webPreferences = (preload: string, isDeveloping: boolean): WebPreferences => ({
  preload,
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  safeDialogs: true,
  devTools: isDeveloping,
  spellcheck: false, // would download dictionaries
})

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

/** Sites that Laurel links to. Links to any other site (for example, in a model's response) aren't opened. */
const known: ReadonlySet<string> = new Set(['arxiv.org', 'huggingface.co', 'github.com', 'nodejs.org', 'www.tensorflow.org'])

/** The canonical form of an address that may be opened in the user's browser: https, a known site, no credentials, no port. */
export function openableAddress(address: string): string | undefined {
  const url = URL.parse(address)
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.port !== '') return undefined
  return known.has(url.hostname) ? url.href : undefined
}

interface ExternalLinks {
  /** Asks the user whether to open the address. */
  readonly confirm: (address: string) => Promise<boolean>
  readonly open: (address: string) => Promise<void>
  readonly log: (line: string) => void
}

/** Opens known addresses in the user's browser after confirmation. Asks one question at a time. */
export function externalLinks({ confirm, open, log }: ExternalLinks): (address: string) => void {
  let isAsking = false
  return (given) => {
    const address = openableAddress(given)
    if (address === undefined) return log(`refused to open ${given.slice(0, 200)}`)
    if (isAsking) return
    isAsking = true
    void confirm(address)
      .then((yes) => (yes ? open(address) : undefined))
      .catch((error: unknown) => log(`couldn't open ${address}: ${String(error)}`))
      .finally(() => {
        isAsking = false
      })
  }
}
