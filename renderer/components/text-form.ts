import { createContext } from 'react'

/** Whether model texts below are formatted as Markdown or shown verbatim. */
export const TextForm = createContext<'formatted' | 'text'>('formatted')
