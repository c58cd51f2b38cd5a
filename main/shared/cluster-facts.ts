import { z } from 'zod'

/** What a Ray cluster is, as its nodes say. */
export const clusterFacts = z.object({
  /** Those that are up and have a processor for work. */
  nodes: z.int(),
  cpus: z.number(),
  gpus: z.number(),
  device: z.string(), // of a GPU, or 'CPU'
  versions: z.record(z.string(), z.string()),
})
export type ClusterFacts = z.infer<typeof clusterFacts>

/** What a version is called whose package a node lacks (`version_of` in `nodes.py`). */
export const notInstalled = 'not installed'

/** The packages that do a cluster's work. */
export const clusterPackages = [
  ['vllm', 'vLLM'],
  ['trl', 'TRL'],
  ['ray', 'Ray'],
] as const

/** "2 nodes, 8 x H100". */
export const hardwareText = ({ nodes, gpus, device, cpus }: ClusterFacts): string =>
  `${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${gpus > 0 ? `${gpus} x ${device}` : `${cpus} CPUs`}`

/** "vLLM 0.32.0, TRL 1.16.0, Ray 2.60.0". */
export const softwareText = ({ versions }: ClusterFacts): string =>
  clusterPackages.map(([key, name]) => `${name} ${versions[key] ?? notInstalled}`).join(', ')
