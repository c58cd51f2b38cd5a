import { createContext } from 'react'

/** Whether models' texts below are shown as Markdown or as they stand. */
export const TextForm = createContext<'formatted' | 'text'>('formatted')
