import type { Store } from '../../store/store.ts'
import type { StoreThread } from '../store-thread/store-thread.ts'
import { type DataSets, dataSets } from './data-sets.ts'
import { readingThread } from './reading-thread.ts'
import { type Uploads, uploads as uploadsOf } from './uploads.ts'

/** Data import and export. */
export interface Library {
  readonly dataSets: DataSets
  readonly uploads: Uploads
  close(): Promise<void>
}

interface LibraryOptions {
  readonly home: string
  readonly store: Store
  readonly reads: Pick<StoreThread, 'runFiles'>
}

export function openLibrary({ home, store, reads }: LibraryOptions): Library {
  const thread = readingThread()
  const uploads = uploadsOf(home)
  return {
    dataSets: dataSets({ home, store, uploads, reader: thread.reader, runFiles: reads.runFiles }),
    uploads,
    async close() {
      uploads.close()
      await thread.close()
    },
  }
}
