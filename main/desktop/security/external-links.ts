/** Sites that Laurel itself points to. A link to anywhere else (in a response that a model wrote, say) is not opened. */
const known: ReadonlySet<string> = new Set(['arxiv.org', 'huggingface.co', 'github.com', 'nodejs.org', 'www.tensorflow.org'])

/** The address in its canonical form where it may be opened in the person's browser: https, a known site, nothing smuggled in. */
export function openableAddress(address: string): string | undefined {
  const url = URL.parse(address)
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.port !== '') return undefined
  return known.has(url.hostname) ? url.href : undefined
}

export interface ExternalLinks {
  /** Asks the person whether to open it; gives the answer. */
  readonly confirm: (address: string) => Promise<boolean>
  readonly open: (address: string) => Promise<void>
  readonly log: (line: string) => void
}

/** Opens addresses outside the window: known ones, once the person has said yes. One question at a time. */
export function externalLinks({ confirm, open, log }: ExternalLinks): (address: string) => void {
  let isAsking = false
  return (given) => {
    const address = openableAddress(given)
    if (address === undefined) return log(`not opened: ${given.slice(0, 200)}`)
    if (isAsking) return
    isAsking = true
    void confirm(address)
      .then((yes) => (yes ? open(address) : undefined))
      .catch((error: unknown) => log(`cannot open ${address}: ${String(error)}`))
      .finally(() => {
        isAsking = false
      })
  }
}
