import type { Field } from './field.ts'

interface SamplingPaper {
  readonly temperature?: string
  readonly topP?: string
  readonly tokens?: string
}

/** How texts are sampled, the same four values wherever a model writes. */
export const samplingFields = (section: string, what: string, paper: SamplingPaper = {}): Field[] => [
  {
    key: `${section}.temperature`,
    label: 'Temperature',
    kind: 'number',
    means: `How freely ${what} are drawn. 0 always takes the likeliest token.`,
    paper: paper.temperature,
    up: 'More varied, and more nonsense.',
    down: 'More alike.',
    bounds: '0 or more',
  },
  {
    key: `${section}.top_p`,
    label: 'Top-p',
    kind: 'number',
    means: 'Only the likeliest tokens that together have this probability are drawn from.',
    paper: paper.topP,
    up: 'Unlikely tokens come up as well.',
    down: 'Safer and more alike.',
    bounds: 'above 0, at most 1',
  },
  {
    key: `${section}.top_k`,
    label: 'Top-k',
    kind: 'integer',
    unit: 'tokens',
    means: 'Only so many of the likeliest tokens are drawn from; 0 is off.',
    bounds: '0 or more',
  },
  {
    key: `${section}.max_new_tokens`,
    label: 'Longest',
    kind: 'integer',
    unit: 'tokens',
    means: `Where ${what} are cut off.`,
    paper: paper.tokens,
    up: 'Nothing is cut, but memory and time grow.',
    down: 'Quicker; what is cut off is judged as it is.',
    bounds: '1 or more',
  },
  {
    key: `${section}.stop`,
    label: 'Stop texts',
    kind: 'list',
    means: 'A text ends before the first of these. The model’s own end counts always.',
  },
]
