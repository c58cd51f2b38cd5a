import { describe, expect, test } from 'vitest'
import type { Imported } from '../../main/data/imported.ts'
import { importAlpaca } from '../../main/data/importers/alpaca.ts'
import { importChat } from '../../main/data/importers/chat.ts'
import { importLlamaFactoryPreferences } from '../../main/data/importers/llama-factory-preferences.ts'
import { importOasstTrees } from '../../main/data/importers/oasst-trees.ts'
import { importPlain } from '../../main/data/importers/plain.ts'
import { importPreferences } from '../../main/data/importers/preferences.ts'
import { importPromptCompletion } from '../../main/data/importers/prompt-completion.ts'
import { importRankedAnswers } from '../../main/data/importers/ranked-answers.ts'
import { importSelfInstructSeeds } from '../../main/data/importers/self-instruct-seeds.ts'

/** Values as the rows of a file, one per line from line 1. */
const rows = (...values: unknown[]) => values.map((value, i) => ({ line: i + 1, value }))
const reasons = (notes: Imported['rejected']) => notes.map(({ line, reason }) => `${line}: ${reason}`)
const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })
const human = (value: string) => ({ from: 'human', value })
const gpt = (value: string) => ({ from: 'gpt', value })

describe('ranked answers', () => {
  test('rows of one question are grouped, best first, and rank 0 gives an instruction example', () => {
    const imported = importRankedAnswers(
      rows(
        { question: 'Why?', answer: 'Worse.', rank: 2 },
        { question: 'Who?', answer: 'None.', rank: 1.0 },
        { question: 'Why?', answer: 'Because.', rank: 0.0 },
      ),
    )
    expect(imported.ranked).toEqual([
      {
        prompt: 'Why?',
        answers: [
          { line: 3, text: 'Because.', rank: 0 },
          { line: 1, text: 'Worse.', rank: 2 },
        ],
      },
      { prompt: 'Who?', answers: [{ line: 2, text: 'None.', rank: 1 }] },
    ])
    expect(imported.instructions).toEqual([{ line: 3, prompt: 'Why?', response: 'Because.' }])
    expect(imported.rejected).toEqual([])
  })

  test('a duplicate answer counts once, with the better rank', () => {
    const imported = importRankedAnswers(
      rows({ question: 'q', answer: 'a', rank: 3 }, { question: 'q', answer: 'b', rank: 2 }, { question: 'q', answer: 'a', rank: 1 }),
    )
    expect(imported.ranked[0].answers).toEqual([
      { line: 3, text: 'a', rank: 1 },
      { line: 2, text: 'b', rank: 2 },
    ])
    expect(reasons(imported.skipped)).toEqual(['1: duplicate of the answer in line 3, with no better rank'])
  })

  test('every kind of invalid row is reported by line and reason, and valid ones are kept', () => {
    const imported = importRankedAnswers(
      rows(
        'text',
        ['q', 'a', 0],
        null,
        { answer: 'a', rank: 0 },
        { question: ' ', answer: 'a', rank: 0 },
        { question: 'q', answer: 7, rank: 0 },
        { question: 'q', answer: 'a' },
        { question: 'q', answer: 'a', rank: 'first' },
        { question: 'q', answer: 'a', rank: -1 },
        { question: 'q', answer: 'half \ud83d', rank: 1 },
        { question: 'q', answer: 'good', rank: 1 },
      ),
    )
    expect(reasons(imported.rejected)).toEqual([
      '1: the row is text, not an object',
      '2: the row is a list, not an object',
      '3: the row is null, not an object',
      '4: "question" is missing',
      '5: "question" is empty',
      '6: "answer" is a number, not text',
      '7: "rank" is missing',
      '8: "rank" is text, not a number',
      '9: "rank" is -1; the best rank is 0',
      '10: "answer" contains half of a surrogate pair, which no tokenizer can read',
    ])
    expect(imported.ranked).toEqual([{ prompt: 'q', answers: [{ line: 11, text: 'good', rank: 1 }] }])
  })
})

describe('OASST trees', () => {
  const reply = (text: string, rank: unknown, more = {}) => ({
    text,
    rank,
    role: 'assistant',
    lang: 'en',
    deleted: false,
    review_result: true,
    ...more,
  })
  const tree = (replies: unknown, more = {}, state = 'ready_for_export') => ({
    message_tree_id: 'x',
    tree_state: state,
    prompt: { text: 'How?', role: 'prompter', lang: 'en', deleted: false, review_result: null, replies, ...more },
  })

  test('the first turn gives ranked answers and, from rank 0, an example; later turns are ignored', () => {
    const imported = importOasstTrees(
      rows(tree([reply('second', 1), reply('first', 0, { replies: [{ text: 'thanks', role: 'prompter' }] })])),
    )
    expect(imported.ranked).toEqual([
      {
        prompt: 'How?',
        answers: [
          { line: 1, text: 'first', rank: 0 },
          { line: 1, text: 'second', rank: 1 },
        ],
      },
    ])
    expect(imported.instructions).toEqual([{ line: 1, prompt: 'How?', response: 'first' }])
  })

  test('valid but unwanted messages are skipped, with the reason', () => {
    const good = reply('good', 1)
    const imported = importOasstTrees(
      rows(
        tree([good], {}, 'aborted_low_grade'),
        tree([good], { lang: 'de' }),
        tree([good], { deleted: true }),
        tree([good], { review_result: false }),
        tree([]),
        tree([
          reply('gone', 0, { deleted: true }),
          reply('spam', 2, { review_result: false }),
          reply('Hallo', 3, { lang: 'de' }),
          reply('new', null),
          good,
        ]),
      ),
    )
    expect(imported.rejected).toEqual([])
    expect(reasons(imported.skipped)).toEqual([
      "1: the tree's state is aborted_low_grade",
      '2: the prompt is in language "de"',
      '3: the prompt is deleted',
      '4: the prompt failed its review',
      '5: no usable reply has a rank',
      '6: reply 1 is deleted',
      '6: reply 2 failed its review',
      '6: reply 3 is in language "de"',
      '6: reply 4 has no rank',
    ])
    expect(imported.ranked.map((ranked) => ranked.answers.map((answer) => answer.text))).toEqual([['good']])
    expect(imported.instructions).toEqual([]) // the best remaining reply isn't the best-ranked one
  })

  test('another language can be chosen', () => {
    const imported = importOasstTrees(rows(tree([reply('So.', 0, { lang: 'de' })], { lang: 'de' })), 'de')
    expect(imported.instructions).toHaveLength(1)
  })

  test("invalid trees and replies are rejected, and a tree's valid replies are kept", () => {
    const imported = importOasstTrees(
      rows(
        { message_tree_id: 'x' },
        tree('none'),
        tree([], { text: '' }),
        tree([], { lang: undefined }),
        tree([], { role: 'assistant' }),
        tree([7, reply('', 0), reply('a', 'best'), reply('b', 0, { role: 'prompter' }), reply('good', 0)]),
      ),
    )
    expect(reasons(imported.rejected)).toEqual([
      '1: "prompt" is missing',
      `2: "replies" isn't a list`,
      '3: the prompt: "text" is empty',
      '4: the prompt: "lang" is missing',
      '5: the prompt: "role" is "assistant", not "prompter"',
      '6: reply 1 is a number, not an object',
      '6: reply 2: "text" is empty',
      '6: reply 3: "rank" is text, not a number',
      '6: reply 4: "role" is "prompter", not "assistant"',
    ])
    expect(imported.instructions).toEqual([{ line: 6, prompt: 'How?', response: 'good' }])
  })
})

describe('Alpaca', () => {
  test('the input follows the instruction after a blank line; the bare instruction is kept', () => {
    const imported = importAlpaca(
      rows(
        { instruction: 'Name it.', input: '', output: 'It.' },
        { instruction: 'Sort.', input: '3, 1', output: '1, 3' },
        { instruction: 'Go.', output: 'Gone.' },
      ),
    )
    expect(imported.instructions).toEqual([
      { line: 1, prompt: 'Name it.', response: 'It.' },
      { line: 2, prompt: 'Sort.\n\n3, 1', response: '1, 3', task: 'Sort.' },
      { line: 3, prompt: 'Go.', response: 'Gone.' },
    ])
  })

  test('a system text and a history precede the instruction', () => {
    const [example] = importAlpaca(
      rows({ instruction: 'And?', output: 'So.', system: 'Be brief.', history: [['Hi', 'Hello']] }),
    ).instructions
    expect(example.prompt).toEqual([{ role: 'system', content: 'Be brief.' }, user('Hi'), assistant('Hello'), user('And?')])
  })

  test('invalid rows are reported', () => {
    const imported = importAlpaca(
      rows(
        { input: 'x', output: 'y' },
        { instruction: 'a', output: '' },
        { instruction: 'a', input: ['x'], output: 'y' },
        { instruction: 'a', output: 'y', history: 'none' },
        { instruction: 'a', output: 'y', history: [['only one']] },
      ),
    )
    expect(reasons(imported.rejected)).toEqual([
      '1: "instruction" is missing',
      '2: "output" is empty',
      '3: "input" is a list, not text',
      `4: "history" isn't a list`,
      "5: history[0] isn't a list of two texts",
    ])
  })
})

describe('chats', () => {
  test('both spellings give the last reply, with everything before it as the prompt', () => {
    const imported = importChat(
      rows(
        { conversations: [human('Hi'), gpt('Hello')] },
        { messages: [{ role: 'system', content: 'Be kind.' }, user('Hi'), assistant('Hello'), user('More'), assistant('Yes')] },
        { conversations: [human('Hi'), gpt('Hello'), human('Unanswered')], system: 'Be brief.' },
      ),
    )
    expect(imported.rejected).toEqual([])
    expect(imported.instructions).toEqual([
      { line: 1, prompt: 'Hi', response: 'Hello' },
      { line: 2, prompt: [{ role: 'system', content: 'Be kind.' }, user('Hi'), assistant('Hello'), user('More')], response: 'Yes' },
      { line: 3, prompt: [{ role: 'system', content: 'Be brief.' }, user('Hi')], response: 'Hello' },
    ])
  })

  test('invalid rows are reported, down to the message', () => {
    const imported = importChat(
      rows(
        { conversations: [] },
        { conversations: 'Hi' },
        { conversations: [gpt('Hello'), human('Hi')] },
        { conversations: [human('Hi'), human('Are you there?'), gpt('Yes')] },
        { conversations: [human('Hi')] },
        { conversations: [human('Hi'), { from: 'function_call', value: '{}' }] },
        { conversations: [human('Hi'), gpt('')] },
        { messages: [user('Hi'), { content: 'Hello' }] },
        { messages: [user('Hi'), { role: 'system', content: 'x' }, assistant('Hello')] },
        { messages: ['Hi'] },
        { system: 'a', messages: [{ role: 'system', content: 'b' }, user('Hi'), assistant('Hello')] },
      ),
    )
    expect(reasons(imported.rejected)).toEqual([
      '1: "conversations" is empty',
      '2: "conversations" is text, not a list',
      '3: conversations[0] is from the assistant, but it must be from the user',
      '4: conversations[1] is from the user, but it must be from the assistant',
      '5: "conversations" has no reply from the assistant',
      `6: conversations[1]: role "function_call" isn't one of system, user (human), assistant (gpt)`,
      '7: conversations[1]: "value" is empty',
      '8: messages[1]: "role" is missing',
      '9: messages[1] is from the system, but it must be from the assistant',
      '10: messages[0] is text, not an object',
      '11: there is a system message both in "system" and in the messages',
    ])
    expect(imported.instructions).toEqual([])
  })
})

describe('self-instruct seed tasks', () => {
  test('each instance gives an example with the bare task and its kind', () => {
    const imported = importSelfInstructSeeds(
      rows({
        instruction: 'Is it red?',
        instances: [{ input: 'blood', output: 'yes' }, { input: '', output: 'no' }, { input: 'grass' }],
        is_classification: true,
      }),
    )
    expect(imported.instructions).toEqual([
      { line: 1, prompt: 'Is it red?\n\nblood', response: 'yes', task: 'Is it red?', classification: true },
      { line: 1, prompt: 'Is it red?', response: 'no', task: 'Is it red?', classification: true },
    ])
    expect(reasons(imported.rejected)).toEqual(['1: instances[2]: "output" is missing'])
  })

  test('invalid rows are reported', () => {
    const imported = importSelfInstructSeeds(
      rows(
        { instances: [{ output: 'x' }] },
        { instruction: 'a', instances: {} },
        { instruction: 'a', instances: [] },
        { instruction: 'a', instances: ['x'] },
        { instruction: 'a', instances: [{ output: 'x' }], is_classification: 'no' },
      ),
    )
    expect(reasons(imported.rejected)).toEqual([
      '1: "instruction" is missing',
      '2: "instances" is an object, not a list',
      '3: "instances" is empty',
      '4: instances[0] is text, not an object',
      '5: "is_classification" is neither true nor false',
    ])
  })
})

describe('prompt and completion', () => {
  test('text and messages both work; a single user message becomes its text', () => {
    const imported = importPromptCompletion(
      rows(
        { prompt: 'Hi', completion: 'Hello' },
        { prompt: [user('Hi')], completion: [assistant('Hello')] },
        { prompt: [user('Hi'), assistant('Hello'), user('More')], completion: [assistant('Yes')] },
      ),
    )
    expect(imported.instructions).toEqual([
      { line: 1, prompt: 'Hi', response: 'Hello' },
      { line: 2, prompt: 'Hi', response: 'Hello' },
      { line: 3, prompt: [user('Hi'), assistant('Hello'), user('More')], response: 'Yes' },
    ])
  })

  test('invalid rows are reported', () => {
    const imported = importPromptCompletion(
      rows(
        { completion: 'x' },
        { prompt: 'x', completion: null },
        { prompt: [user('Hi'), assistant('Hello')], completion: 'x' },
        { prompt: 'x', completion: [user('y')] },
        { prompt: 'x', completion: [assistant('y'), user('z'), assistant('w')] },
      ),
    )
    expect(reasons(imported.rejected)).toEqual([
      '1: "prompt" is missing',
      '2: "completion" is missing',
      '3: "prompt" must end with a user message, not with a message from the assistant',
      '4: "completion" must end with an assistant message, not with one from the user',
      '5: "completion" has 3 messages, but a response must be one assistant message, or the prompt\'s messages plus one',
    ])
  })
})

describe('preferences', () => {
  test('text, messages, repeated prompts, and prompts shared by both sides all work', () => {
    const imported = importPreferences(
      rows(
        { prompt: 'Hi', chosen: 'Hello', rejected: 'Go', score_chosen: 4.5, score_rejected: 1 },
        { prompt: [user('Hi')], chosen: [assistant('Hello')], rejected: [assistant('Go')] },
        { prompt: 'Hi', chosen: [user('Hi'), assistant('Hello')], rejected: [user('Hi'), assistant('Go')] },
        { chosen: [user('Hi'), assistant('Hello')], rejected: [user('Hi'), assistant('Go')] },
      ),
    )
    expect(imported.rejected).toEqual([])
    expect(imported.preferences).toEqual([
      { line: 1, prompt: 'Hi', chosen: 'Hello', rejected: 'Go', scoreChosen: 4.5, scoreRejected: 1 },
      ...[2, 3, 4].map((line) => ({ line, prompt: 'Hi', chosen: 'Hello', rejected: 'Go' })),
    ])
  })

  test('invalid rows are reported', () => {
    const imported = importPreferences(
      rows(
        { chosen: 'a', rejected: 'b' },
        { prompt: 'p', chosen: 'a' },
        { prompt: 'p', chosen: 'a', rejected: 'a' },
        { prompt: 'p', chosen: 'a', rejected: 'b', score_chosen: 'high' },
        { prompt: 'p', chosen: [user('other'), assistant('a')], rejected: 'b' },
        { chosen: [user('p'), assistant('a')], rejected: [user('q'), assistant('b')] },
        { chosen: [assistant('a')], rejected: [assistant('b')] },
      ),
    )
    expect(reasons(imported.rejected)).toEqual([
      `1: "prompt" is missing, and "chosen" and "rejected" don't begin with the same words`,
      '2: "rejected" is missing',
      '3: "chosen" and "rejected" are the same',
      '4: "score_chosen" is text, not a number',
      '5: "chosen" has 2 messages, but a response must be one assistant message, or the prompt\'s messages plus one',
      '6: "chosen" and "rejected" differ before their last message, and there is no "prompt"',
      '7: chosen[0] is from the assistant, but it must be from the user',
    ])
    expect(imported.preferences).toEqual([])
  })

  test("LLaMA-Factory's format is read, and invalid rows are reported", () => {
    const imported = importLlamaFactoryPreferences(
      rows(
        { conversations: [human('Hi')], chosen: gpt('Hello'), rejected: gpt('Go') },
        { conversations: [human('Hi'), gpt('Hello')], chosen: gpt('a'), rejected: gpt('b') },
        { conversations: [human('Hi')], chosen: human('a'), rejected: gpt('b') },
        { conversations: [human('Hi')], rejected: gpt('b') },
      ),
    )
    expect(imported.preferences).toEqual([{ line: 1, prompt: 'Hi', chosen: 'Hello', rejected: 'Go' }])
    expect(reasons(imported.rejected)).toEqual([
      '2: "conversations" must end with a user message, not with a message from the assistant',
      '3: "chosen" must end with an assistant message, not with one from the user',
      '4: "chosen" is missing',
    ])
  })
})

describe('plain rows', () => {
  test('reads prompts, texts, first turns, and instructions with a response', () => {
    const imported = importPlain(
      rows({ prompt: 'a' }, { text: 'b' }, { turns: ['c', 'd'] }, { instruction: 'e', response: 'f' }, { instruction: 'g' }),
    )
    expect(imported.prompts).toEqual(['a', 'b', 'c', 'g'])
    expect(imported.instructions).toEqual([{ line: 4, prompt: 'e', response: 'f' }])
  })

  test('invalid rows are reported', () => {
    const imported = importPlain(
      rows({ prompt: '' }, { turns: [] }, { turns: [1] }, { other: 'x' }, { instruction: 'e', response: '' }, 'text'),
    )
    expect(reasons(imported.rejected)).toEqual([
      '1: "prompt" is empty',
      '2: "turns" is empty',
      `3: "turns" doesn't start with text`,
      '4: it has none of the fields "prompt", "instruction", "question", "query", "problem", "text", "input", "inputs", "user", "human", and "turns"',
      '5: "response" is empty',
      '6: the row is text, not an object',
    ])
  })

  test('a field called __proto__ is harmless', () => {
    const imported = importPlain([{ line: 1, value: JSON.parse('{"__proto__": {"prompt": "planted"}, "other": 1}') }])
    expect(imported.prompts).toEqual([])
  })
})
