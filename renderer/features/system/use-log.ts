import { useEffect, useState } from 'react'
import type { LogEntry } from '../../../main/shared/contract/events-contract.ts'
import { client } from '../../api/client.ts'

/** Maximum number of lines that a window keeps. */
const most = 5000

/** The live log. After a lost connection, it starts again with the newest entries. */
export function useLog(): readonly LogEntry[] {
  const [entries, setEntries] = useState<readonly LogEntry[]>([])
  useEffect(() => {
    const abort = new AbortController()
    void follow(setEntries, abort.signal)
    return () => abort.abort()
  }, [])
  return entries
}

async function follow(set: (change: (entries: readonly LogEntry[]) => readonly LogEntry[]) => void, signal: AbortSignal) {
  while (!signal.aborted) {
    try {
      let isFirst = true
      for await (const some of await client.system.followLog(undefined, { signal })) {
        const begins = isFirst
        isFirst = false
        set((before) => (begins ? some : [...before, ...some]).slice(-most))
      }
    } catch {
      // lost the connection, or the component has unmounted
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
