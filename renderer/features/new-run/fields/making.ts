import { valueAt } from '../document.ts'
import type { Field, FieldGroup } from './field.ts'
import { methodIn, ofMethods } from './method.ts'
import { samplingFields } from './sampling.ts'

const methodIs =
  (key: string, ...methods: string[]) =>
  (recipe: Parameters<typeof valueAt>[0]) =>
    methods.includes(String(valueAt(recipe, key)))
const isGrammar = methodIs('prompts.method', 'grammar')
const selfInstructs: ReturnType<typeof methodIs> = (recipe) =>
  methodIs('prompts.method', 'self-instruct')(recipe) ||
  (isGrammar(recipe) && methodIs('prompts.grammar.tasks', 'model')(recipe) && methodIs('prompts.grammar.writer', 'self-instruct')(recipe))

export const prompts: FieldGroup = {
  id: 'prompts',
  title: 'Prompts',
  about: 'How the model writes new prompts, and which ones are kept.',
  when: methodIn('self-rewarding', 'self-sft'),
  fields: [
    {
      key: 'prompts.method',
      label: 'Method',
      kind: 'choice',
      choices: [
        { value: 'self-instruct', label: 'self-instruct' },
        { value: 'pre-query', label: 'pre-query' },
        { value: 'file', label: 'from a file' },
        { value: 'grammar', label: 'grammar: tasks with requirements' },
      ],
      means:
        'Self-instruct gives the model few-shot examples and lets it continue. Pre-query lets it write the user’s turn of a chat. Or read prompts from a file. The grammar adds requirements that a program checks to a list of tasks, or to tasks that the model writes.',
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
      key: 'prompts.grammar.tasks',
      label: 'Tasks',
      kind: 'file?',
      means: 'A file of tasks to which requirements are added. Empty: tasks that ship with Laurel. “model”: the model writes them.',
      when: isGrammar,
    },
    {
      key: 'prompts.grammar.writer',
      label: 'Tasks by the model',
      kind: 'choice',
      choices: [
        { value: 'self-instruct', label: 'self-instruct' },
        { value: 'pre-query', label: 'pre-query' },
      ],
      means: 'How the model writes tasks. Without seed data, self-instruct shows it tasks that ship with Laurel.',
      when: (recipe) => isGrammar(recipe) && methodIs('prompts.grammar.tasks', 'model')(recipe),
    },
    {
      key: 'prompts.grammar.families',
      label: 'Requirements',
      kind: 'list',
      means: 'Families of requirements, by name (title) or by the id of their check (detectable_format:title). Empty: all.',
      when: isGrammar,
    },
    {
      key: 'prompts.grammar.without',
      label: 'Without requirements',
      kind: 'list',
      means: 'Families that aren’t used, so that they can be held out to measure the models.',
      when: isGrammar,
    },
    {
      key: 'prompts.grammar.min',
      label: 'Min requirements',
      kind: 'integer',
      unit: 'per prompt',
      means: 'Fewest requirements of one prompt.',
      bounds: '1 or more',
      when: isGrammar,
    },
    {
      key: 'prompts.grammar.max',
      label: 'Max requirements',
      kind: 'integer',
      unit: 'per prompt',
      means: 'Most requirements of one prompt.',
      up: 'Harder prompts: fewer answers meet everything.',
      bounds: '1 or more',
      when: isGrammar,
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

/** What self-SFT sets by itself. */
const ownOfSelfSft = ['temperature', 'top_p', 'top_k']

const answers = samplingFields('candidates', 'answers', { temperature: '0.7', topP: '0.9' })
const isOwn = ({ key }: Field): boolean => ownOfSelfSft.some((name) => key === `candidates.${name}`)

export const candidates: FieldGroup = {
  id: 'candidates',
  title: 'Candidates',
  about: 'How answers are sampled.',
  fields: [
    ...ofMethods(
      ['self-sft'],
      [
        {
          key: 'self_sft.samples',
          label: 'Answers',
          kind: 'integer',
          unit: 'per prompt',
          means: 'The model is fine-tuned on all of them, except those that were cut off.',
          bounds: '1 or more',
        },
        ...samplingFields('self_sft', 'answers').filter(({ key }) => ownOfSelfSft.some((name) => key === `self_sft.${name}`)),
      ],
    ),
    ...ofMethods(['self-rewarding', 'spin'], answers.filter(isOwn)),
    ...answers.filter((field) => !isOwn(field)),
  ],
}
