import { judgeWords } from '../../../components/judge-words.ts'
import { valueAt } from '../document.ts'
import type { Field, FieldGroup } from './field.ts'
import { samplingFields } from './sampling.ts'

const methodIs =
  (...methods: string[]): Field['when'] =>
  (recipe) =>
    methods.includes(String(valueAt(recipe, 'judge.method')))

export const judge: FieldGroup = {
  id: 'judge',
  title: 'Judge',
  about: 'How an answer becomes a reward.',
  fields: [
    {
      key: 'judge.method',
      label: 'Method',
      kind: 'choice',
      choices: Object.entries(judgeWords).map(([value, { label }]) => ({ value, label })),
      means: Object.values(judgeWords)
        .map(({ means }) => means)
        .join(' '),
      paper: 'additive',
    },
    {
      key: 'judge.prompt',
      label: 'Judge prompt',
      kind: 'text?',
      means: 'The name of a prompt that ships with Laurel, or a text file’s path. Empty: the method’s own.',
      paper: 'additive-5-point',
      when: methodIs('additive', 'expected', 'ticks', 'yes', 'checklist', 'pairwise'),
    },
    {
      key: 'judge.answers.yes',
      label: 'Answer for yes',
      kind: 'text',
      means: 'The judge’s answer whose probability is the reward. Its first token counts.',
      when: methodIs('yes', 'checklist'),
    },
    {
      key: 'judge.answers.no',
      label: 'Answer for no',
      kind: 'text',
      means: 'The other answer. Its first token must differ from the first token of yes.',
      when: methodIs('yes', 'checklist'),
    },
    {
      key: 'judge.requirements',
      label: 'Requirements',
      kind: 'list',
      means: 'The checklist of prompts that carry none. Empty: the judge writes one for each prompt.',
      when: methodIs('checklist'),
    },
    {
      key: 'judge.checklist_prompt',
      label: 'Request for a checklist',
      kind: 'text',
      means: 'How the judge is asked to write a checklist: the name of a prompt that ships with Laurel, or a text file’s path.',
      when: (recipe) => valueAt(recipe, 'judge.method') === 'checklist' && String(valueAt(recipe, 'judge.requirements')) === '',
    },
    {
      key: 'judge.length_ratio',
      label: 'Max length ratio',
      kind: 'number?',
      unit: 'times',
      means: 'Compares two answers only if the longer is at most this many times as long, so that length can’t decide. Empty: always.',
      up: 'More comparisons, but more of them decided by length.',
      down: 'Fewer comparisons; an answer without any has no reward.',
      bounds: '1 or more',
      when: methodIs('pairwise'),
    },
    {
      key: 'judge.contrast.good',
      label: 'Message for good answers',
      kind: 'text',
      means: 'The system message that asks for good answers: the name of a prompt that ships with Laurel, or a text file’s path.',
      when: methodIs('contrast'),
    },
    {
      key: 'judge.contrast.bad',
      label: 'Message for bad answers',
      kind: 'text',
      means: 'The system message that asks for bad answers.',
      when: methodIs('contrast'),
    },
    {
      key: 'judge.contrast.per_token',
      label: 'Per token',
      kind: 'switch',
      means: 'Divides the reward by the answer’s tokens, so that a longer answer doesn’t weigh more.',
      when: methodIs('contrast'),
    },
    {
      key: 'judge.implicit.beta',
      label: 'Reward beta',
      kind: 'number',
      means: 'Scale of the implicit reward. With the beta of the training, margins are in its units.',
      bounds: 'above 0',
      when: methodIs('implicit'),
    },
    {
      key: 'judge.implicit.per_token',
      label: 'Per token',
      kind: 'switch',
      means: 'Divides the reward by the answer’s tokens, so that a longer answer doesn’t weigh more.',
      when: methodIs('implicit'),
    },
    {
      key: 'judge.majority.answer',
      label: 'Final answer',
      kind: 'choice',
      choices: [
        { value: 'auto', label: 'after a marker, else the last number, else the text' },
        { value: 'marker', label: 'after a marker' },
        { value: 'number', label: 'the last number' },
        { value: 'text', label: 'the whole text' },
      ],
      means: 'Where a response’s final answer is. Responses with the same one agree.',
      when: methodIs('majority'),
    },
    {
      key: 'judge.majority.markers',
      label: 'Markers',
      kind: 'list',
      means: 'Texts that precede the final answer, in any case. The last one in a response counts, up to the end of its line.',
      when: methodIs('majority'),
    },
    {
      key: 'judge.length.unit',
      label: 'Unit of length',
      kind: 'choice',
      choices: [
        { value: 'words', label: 'words' },
        { value: 'characters', label: 'characters' },
      ],
      means: 'What is counted.',
      when: methodIs('length'),
    },
    {
      key: 'judge.ticks.yes',
      label: 'Tick for yes',
      kind: 'text',
      means: 'Text of a met requirement’s tick.',
      when: methodIs('ticks'),
    },
    {
      key: 'judge.ticks.no',
      label: 'Tick for no',
      kind: 'text',
      means: 'Text of an unmet requirement’s tick.',
      when: methodIs('ticks'),
    },
    {
      key: 'judge.ticks.count',
      label: 'Ticks',
      kind: 'integer',
      unit: 'per judgement',
      means: 'Number of ticks in a readable judgement.',
      bounds: '1 or more',
      when: methodIs('ticks'),
    },
    ...samplingFields('judge', 'judgements', { temperature: '0.7', topP: '0.9', tokens: 'about 100 words and the score' }),
  ],
}
