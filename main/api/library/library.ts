import type { Store } from '../../store/store.ts'
import { type RunExports, runExports } from '../export/exports.ts'
import { type DataSets, dataSets } from './data-sets.ts'
import { readingThread } from './reading-thread.ts'
import { type Uploads, uploads as uploadsOf } from './uploads.ts'

/** Data on its way in and out. */
export interface Library {
  readonly dataSets: DataSets
  readonly uploads: Uploads
  readonly exports: RunExports
  close(): Promise<void>
}

export function openLibrary({ home, store }: { readonly home: string; readonly store: Store }): Library {
  const thread = readingThread()
  const uploads = uploadsOf(home)
  return {
    dataSets: dataSets({ home, store, uploads, reader: thread.reader }),
    uploads,
    exports: runExports(store),
    async close() {
      uploads.close()
      await thread.close()
    },
  }
}
