import { resourceFile } from '../../common/resources.ts'

/** Data that comes with Laurel. */
export interface ShippedData {
  readonly id: string
  readonly name: string
  readonly path: string
  /** Who made it, and under which licence it may be used. */
  readonly source: string
}

export const shippedData: readonly ShippedData[] = [
  {
    id: 'shipped-self-instruct',
    name: 'Self-Instruct seed tasks',
    path: resourceFile('seed-data', 'self-instruct-seed-tasks.jsonl'),
    source: 'Written by people (Wang et al. 2022). Apache-2.0.',
  },
  {
    id: 'shipped-oasst-ranked',
    name: 'OpenAssistant, ranked answers',
    path: resourceFile('seed-data', 'oasst-ranked.jsonl'),
    source: 'First turns with answers ranked by people (Köpf et al. 2023). Apache-2.0.',
  },
  {
    id: 'shipped-demo-ift',
    name: 'Demo: instructions',
    path: resourceFile('demo', 'ift.jsonl'),
    source: 'Made for the demo by its grammar. Apache-2.0.',
  },
  {
    id: 'shipped-demo-eft',
    name: 'Demo: judgements',
    path: resourceFile('demo', 'eft.jsonl'),
    source: 'Made for the demo by its grading program. Apache-2.0.',
  },
  {
    id: 'shipped-demo-held-out',
    name: 'Demo: held-out prompts',
    path: resourceFile('demo', 'held-out.jsonl'),
    source: 'Made for the demo by its grammar. Apache-2.0.',
  },
]
