import { valueAt } from '../document.ts'
import type { FieldGroup } from './field.ts'
import { samplingFields } from './sampling.ts'

const methodIs =
  (key: string, ...methods: string[]) =>
  (recipe: Parameters<typeof valueAt>[0]) =>
    methods.includes(String(valueAt(recipe, key)))
const selfInstructs = methodIs('prompts.method', 'self-instruct')

export const prompts: FieldGroup = {
  id: 'prompts',
  title: 'Prompts',
  about: 'How the model writes new prompts, and which ones are kept.',
  fields: [
    {
      key: 'prompts.method',
      label: 'Method',
      kind: 'choice',
      choices: [
        { value: 'self-instruct', label: 'self-instruct' },
        { value: 'pre-query', label: 'pre-query' },
        { value: 'file', label: 'from a file' },
      ],
      means:
        'Self-instruct gives the model few-shot examples and lets it continue. Pre-query lets it write the user’s turn of a chat. Or read prompts from a file.',
      paper: 'self-instruct',
    },
    {
      key: 'prompts.file',
      label: 'Prompts file',
      kind: 'file?',
      means: 'Prompts are read from this file in order.',
      when: methodIs('prompts.method', 'file'),
    },
    {
      key: 'prompts.writer',
      label: 'Writer',
      kind: 'choice',
      choices: [
        { value: 'current', label: 'the current model' },
        { value: 'M1', label: 'M1 throughout' },
        { value: 'M0', label: 'M0 throughout' },
      ],
      means: 'Which model writes the prompts.',
      paper: 'one fixed model',
    },
    {
      key: 'prompts.form',
      label: 'Request format',
      kind: 'choice',
      choices: [
        { value: 'message', label: 'chat message' },
        { value: 'text', label: 'text to continue' },
      ],
      means: 'Use a chat message for a chat model, and text to continue for a base model.',
      when: selfInstructs,
    },
    {
      key: 'prompts.demonstrations.seed',
      label: 'Seed examples',
      kind: 'integer',
      means: 'Few-shot examples from the seed data in each request.',
      paper: '6',
      bounds: '0 or more',
      when: selfInstructs,
    },
    {
      key: 'prompts.demonstrations.generated',
      label: 'Generated examples',
      kind: 'integer',
      means: 'Few-shot examples from prompts that the model wrote earlier, in each request.',
      paper: '2',
      bounds: '0 or more',
      when: selfInstructs,
    },
    {
      key: 'prompts.filters.max_rouge_l',
      label: 'Max similarity',
      kind: 'number',
      unit: 'ROUGE-L F1',
      means: 'Drops prompts that are more similar than this to an earlier one. 1: drops only exact duplicates.',
      paper: '0.7',
      up: 'More prompts are accepted, but they are more alike.',
      down: 'Prompts are more diverse, but take more attempts.',
      bounds: '0 or more',
    },
    {
      key: 'prompts.filters.min_words',
      label: 'Min words',
      kind: 'integer',
      unit: 'words',
      means: 'Shorter prompts are dropped.',
      paper: '4',
      bounds: '0 or more',
    },
    {
      key: 'prompts.filters.max_words',
      label: 'Max words',
      kind: 'integer',
      unit: 'words',
      means: 'Longer prompts are dropped.',
      paper: '150',
      bounds: '1 or more',
    },
    {
      key: 'prompts.filters.min_characters',
      label: 'Min characters',
      kind: 'integer',
      unit: 'characters',
      means: 'Shorter prompts are dropped.',
      bounds: '1 or more',
    },
    {
      key: 'prompts.filters.max_characters',
      label: 'Max characters',
      kind: 'integer',
      unit: 'characters',
      means: 'Longer prompts are dropped.',
      bounds: '1 or more',
    },
    {
      key: 'prompts.max_attempts_per_prompt',
      label: 'Max attempts',
      kind: 'number',
      unit: 'per prompt',
      means: 'Attempts per requested prompt. After that, the run continues with the prompts it has.',
      bounds: '1 or more',
    },
    {
      key: 'prompts.filters.keywords',
      label: 'Blocked words',
      kind: 'list',
      means: 'Drops prompts that contain one of these: they ask for something that a text model can’t see or do.',
      paper: 'image, graph, picture, file, map, draw, plot, go to',
    },
    {
      key: 'prompts.filters.starts',
      label: 'Blocked openings',
      kind: 'list',
      means: 'Drops prompts that start with one of these.',
      paper: 'Write a program',
    },
    {
      key: 'prompts.filters.plain_start',
      label: 'Must start with a letter or digit',
      kind: 'switch',
      means: 'Drops prompts that start with punctuation or a non-ASCII character.',
      paper: 'on',
    },
    ...samplingFields('prompts', 'prompts', { temperature: '0.6', topP: '0.9' }),
  ],
}

export const candidates: FieldGroup = {
  id: 'candidates',
  title: 'Candidates',
  about: 'How answers are sampled.',
  fields: samplingFields('candidates', 'answers', { temperature: '0.7', topP: '0.9' }),
}
