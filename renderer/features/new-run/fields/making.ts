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
  about: 'How the model writes new prompts, and which of them are kept.',
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
        'Self-instruct shows the model some tasks and lets it go on; pre-query lets it write what a user would say; or prompts come from a file.',
      paper: 'self-instruct',
    },
    {
      key: 'prompts.file',
      label: 'Prompts file',
      kind: 'file?',
      means: 'Prompts are taken from it in order.',
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
      label: 'Asked as',
      kind: 'choice',
      choices: [
        { value: 'message', label: 'a message' },
        { value: 'text', label: 'text to go on with' },
      ],
      means: 'A chat model is asked in a message; a base model is given text to continue.',
      when: selfInstructs,
    },
    {
      key: 'prompts.demonstrations.seed',
      label: 'Seed examples shown',
      kind: 'integer',
      means: 'Tasks of the seed data in each request.',
      paper: '6',
      bounds: '0 or more',
      when: selfInstructs,
    },
    {
      key: 'prompts.demonstrations.generated',
      label: 'Own examples shown',
      kind: 'integer',
      means: 'Tasks that the model wrote earlier, in each request.',
      paper: '2',
      bounds: '0 or more',
      when: selfInstructs,
    },
    {
      key: 'prompts.filters.max_rouge_l',
      label: 'Similarity, at most',
      kind: 'number',
      unit: 'ROUGE-L F1',
      means: 'A prompt more similar than this to one that is known is dropped. 1: only exact repetitions are.',
      paper: '0.7',
      up: 'More prompts are accepted, more of them alike.',
      down: 'Prompts differ more; more attempts are needed.',
      bounds: '0 or more',
    },
    {
      key: 'prompts.filters.min_words',
      label: 'Words, at least',
      kind: 'integer',
      unit: 'words',
      means: 'Shorter prompts are dropped.',
      paper: '4',
      bounds: '0 or more',
    },
    {
      key: 'prompts.filters.max_words',
      label: 'Words, at most',
      kind: 'integer',
      unit: 'words',
      means: 'Longer prompts are dropped.',
      paper: '150',
      bounds: '1 or more',
    },
    {
      key: 'prompts.filters.min_characters',
      label: 'Characters, at least',
      kind: 'integer',
      unit: 'characters',
      means: 'Shorter prompts are dropped.',
      bounds: '1 or more',
    },
    {
      key: 'prompts.filters.max_characters',
      label: 'Characters, at most',
      kind: 'integer',
      unit: 'characters',
      means: 'Longer prompts are dropped.',
      bounds: '1 or more',
    },
    {
      key: 'prompts.max_attempts_per_prompt',
      label: 'Attempts',
      kind: 'number',
      unit: 'per prompt, at most',
      means: 'When so many have been sampled for each wanted prompt, the run goes on with what there is.',
      bounds: '1 or more',
    },
    {
      key: 'prompts.filters.keywords',
      label: 'Words not allowed',
      kind: 'list',
      means: 'A prompt with one of these is dropped: it asks for what a text model cannot see or do.',
      paper: 'image, graph, picture, file, map, draw, plot, go to',
    },
    {
      key: 'prompts.filters.starts',
      label: 'Beginnings not allowed',
      kind: 'list',
      means: 'A prompt that begins so is dropped.',
      paper: 'Write a program',
    },
    {
      key: 'prompts.filters.plain_start',
      label: 'Begin with a letter or digit',
      kind: 'switch',
      means: 'Prompts that begin with punctuation or another sign are dropped.',
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

export const judge: FieldGroup = {
  id: 'judge',
  title: 'Judge',
  about: 'How an answer becomes a reward from 0 to 5.',
  fields: [
    {
      key: 'judge.method',
      label: 'Method',
      kind: 'choice',
      choices: [
        { value: 'additive', label: 'additive: written scores' },
        { value: 'expected', label: 'expected score' },
        { value: 'ticks', label: 'ticks' },
        { value: 'random', label: 'random (a control)' },
      ],
      means:
        'Additive samples judgements that end in a score and averages them. Expected takes the mean over the probabilities of the scores: one pass, few ties. Ticks has one tick for each requirement. Random is a control and teaches nothing.',
      paper: 'additive',
    },
    {
      key: 'judge.prompt',
      label: 'Judge prompt',
      kind: 'text',
      means: 'The name of a prompt that ships with Laurel (additive-5-point, ticks), or a text file’s path.',
      paper: 'additive-5-point',
    },
    { key: 'judge.ticks.yes', label: 'Tick for yes', kind: 'text', means: 'The text of a tick.', when: methodIs('judge.method', 'ticks') },
    {
      key: 'judge.ticks.no',
      label: 'Tick for no',
      kind: 'text',
      means: 'The text of a missing tick.',
      when: methodIs('judge.method', 'ticks'),
    },
    {
      key: 'judge.ticks.count',
      label: 'Ticks',
      kind: 'integer',
      unit: 'per judgement',
      means: 'How many a readable judgement has.',
      bounds: '1 or more',
      when: methodIs('judge.method', 'ticks'),
    },
    ...samplingFields('judge', 'judgements', { temperature: '0.7', topP: '0.9', tokens: 'about 100 words and the score' }),
  ],
}

export const pairs: FieldGroup = {
  id: 'pairs',
  title: 'Pairs',
  about: 'Which answers become a pair.',
  fields: [
    {
      key: 'pairs.min_gap',
      label: 'Gap, more than',
      kind: 'number',
      unit: 'reward',
      means: 'How far the best answer’s reward must lie above the worst’s. A tie never makes a pair.',
      paper: '0: any difference',
      up: 'Fewer pairs, of which the judge is surer.',
      down: 'More pairs, more of them by chance.',
      bounds: '0 or more',
    },
    {
      key: 'pairs.finished_only',
      label: 'Only answers that ended by themselves',
      kind: 'switch',
      means: 'Answers that were cut off form no pair.',
    },
  ],
}
