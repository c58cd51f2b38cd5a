/** Sites that Laurel links to. Links to any other site (for example, in a model's response) aren't opened. */
const known: ReadonlySet<string> = new Set(['arxiv.org', 'huggingface.co', 'github.com', 'nodejs.org', 'www.tensorflow.org'])

/** The canonical form of an address that may be opened in the user's browser: https, a known site, no credentials, no port. */
export function openableAddress(address: string): string | undefined {
  const url = URL.parse(address)
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.port !== '') return undefined
  return known.has(url.hostname) ? url.href : undefined
}

export interface ExternalLinks {
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
