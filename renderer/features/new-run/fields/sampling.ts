import type { Field } from './field.ts'

interface SamplingPaper {
  readonly temperature?: string
  readonly topP?: string
  readonly tokens?: string
}

/** Sampling parameters, the same wherever a model generates text. */
export const samplingFields = (section: string, what: string, paper: SamplingPaper = {}): Field[] => [
  {
    key: `${section}.temperature`,
    label: 'Temperature',
    kind: 'number',
    means: `Randomness of the sampled ${what}. 0: greedy decoding.`,
    paper: paper.temperature,
    up: 'More varied, but more nonsense.',
    down: 'Less varied.',
    bounds: '0 or more',
  },
  {
    key: `${section}.top_p`,
    label: 'Top-p',
    kind: 'number',
    means: 'Samples only from the most likely tokens whose probabilities add up to this (nucleus sampling).',
    paper: paper.topP,
    up: 'Allows less likely tokens.',
    down: 'Safer, but less varied.',
    bounds: 'above 0, at most 1',
  },
  {
    key: `${section}.top_k`,
    label: 'Top-k',
    kind: 'integer',
    unit: 'tokens',
    means: 'Samples only from this many of the most likely tokens. 0: off.',
    bounds: '0 or more',
  },
  {
    key: `${section}.max_new_tokens`,
    label: 'Max new tokens',
    kind: 'integer',
    unit: 'tokens',
    means: `Generated ${what} are cut off at this length.`,
    paper: paper.tokens,
    up: 'Fewer are cut off, but it takes more memory and time.',
    down: 'Faster, but more are cut off.',
    bounds: '1 or more',
  },
  {
    key: `${section}.stop`,
    label: 'Stop strings',
    kind: 'list',
    means: 'Generation stops before the first of these, or at the model’s end token.',
  },
]
