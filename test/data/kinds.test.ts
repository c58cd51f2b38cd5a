import { describe, expect, test } from 'vitest'
import { reasons, temporaryFiles } from './temporary-files.ts'

const { lines } = temporaryFiles()
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (content: unknown, more = {}) => ({ role: 'assistant', content, ...more })
const system = (content: unknown) => ({ role: 'system', content })

describe('labels of unpaired preferences', () => {
  test.each([false, 'false', 'False', 0, '0', -1])('a completion labeled %j is never an example', async (label) => {
    const imported = await lines({ prompt: 'p', completion: 'good', label: true }, { prompt: 'p', completion: 'bad', label })
    expect(imported.instructions.map(({ response }) => response)).toEqual(['good'])
    expect(reasons(imported.skipped)).toEqual([`2: "label" is ${JSON.stringify(label)}: the response isn't wanted`])
    expect(imported.unwanted).toEqual([{ line: 2, prompt: 'p', response: 'bad' }])
  })

  test.each([null, 'good', 0.5, 3])('an ambiguous label %j is rejected', async (label) => {
    const imported = await lines({ prompt: 'p', completion: 'good', label: 1 }, { prompt: 'p', completion: 'x', label })
    expect(imported.instructions).toHaveLength(1)
    expect(imported.rejected).toMatchObject([{ line: 2, reason: expect.stringContaining('"label" is ') }])
  })

  test('an unlabeled row among labeled ones is rejected; without any labels all rows count', async () => {
    const mixed = await lines({ prompt: 'p', completion: 'a', label: true }, { prompt: 'q', completion: 'b' })
    expect(reasons(mixed.rejected)).toEqual(['2: "label" is missing, but other rows have one'])
    expect((await lines({ prompt: 'p', completion: 'a' }, { prompt: 'q', completion: 'b' })).instructions).toHaveLength(2)
  })

  test('labels work in conversations and Alpaca rows too; a topic label is reported as unused', async () => {
    const chats = await lines(
      {
        conversations: [
          { from: 'human', value: 'p' },
          { from: 'gpt', value: 'a' },
        ],
        kto_tag: true,
      },
      {
        conversations: [
          { from: 'human', value: 'p' },
          { from: 'gpt', value: 'b' },
        ],
        kto_tag: false,
      },
    )
    expect(chats.instructions.map(({ response }) => response)).toEqual(['a'])
    const answers = await lines({ question: 'q', answer: 'a', label: 1 }, { question: 'q', answer: 'b', label: 0 })
    expect(answers.instructions.map(({ response }) => response)).toEqual(['a'])
    const topics = await lines({ instruction: 'i', output: 'o', label: 'sports' }, { instruction: 'j', output: 'o', label: 'art' })
    expect(topics.instructions).toHaveLength(2)
    expect(topics.notes).toEqual([
      `The field "label" isn't used (2 rows), so every response is used as an example regardless of its value.`,
    ])
  })

  test('a completion that is a whole conversation includes its prompt', async () => {
    const imported = await lines({ completion: [user('p'), assistant('a')], label: true })
    expect(imported.instructions).toEqual([{ line: 1, prompt: 'p', response: 'a' }])
  })
})

describe('ratings', () => {
  test('HelpSteer: a rank is the distance of the helpfulness from the top', async () => {
    const imported = await lines(
      { prompt: 'p', response: 'bad', helpfulness: 0, verbosity: 4 },
      { prompt: 'p', response: 'fine', helpfulness: 4, verbosity: 2 },
      { prompt: 'q', response: 'poor', helpfulness: 1, verbosity: 2 },
    )
    expect(imported.format).toBe('rated-answers')
    expect(imported.ranked.map(({ answers }) => answers.map(({ text, rank }) => [text, rank]))).toEqual([
      [
        ['fine', 0],
        ['bad', 4],
      ],
      [['poor', 3]],
    ])
    expect(imported.instructions.map(({ response }) => response)).toEqual(['fine'])
    expect(imported.notes).toEqual([`The field "verbosity" isn't used (3 rows).`])
  })

  test('UltraFeedback and Nectar: several answers per row', async () => {
    const ultra = await lines({
      instruction: 'i',
      completions: [
        { model: 'a', response: 'low', overall_score: 3 },
        { model: 'b', response: 'high', overall_score: 8.5 },
      ],
    })
    expect(ultra.ranked[0].answers.map(({ text, rank }) => [text, rank])).toEqual([
      ['high', 0],
      ['low', 1],
    ])
    expect(ultra.notes).toEqual([`The field "completions[].model" isn't used (1 row).`])
    const nectar = await lines({
      prompt: '\n\nHuman: Hi?\n\nAssistant: ',
      answers: [
        { answer: 'b', rank: 2 },
        { answer: 'a', rank: 1 },
      ],
    })
    expect(nectar.ranked).toMatchObject([
      {
        prompt: 'Hi?',
        answers: [
          { text: 'a', rank: 0 },
          { text: 'b', rank: 1 },
        ],
      },
    ])
  })

  test('an answer without a text or a rating costs only that answer, if two others are left', async () => {
    const completion = (response: string, overall_score: unknown) => ({ response, overall_score })
    const { ranked, rejected } = await lines(
      { instruction: 'i', completions: [completion('a', 3), completion('', 5), completion('b', null), completion('c', '4')] },
      { instruction: 'j', completions: [completion('a', 3), completion('b', 'N/A')] },
    )
    expect(ranked.map(({ answers }) => answers.map(({ text }) => text))).toEqual([['c', 'a']])
    expect(reasons(rejected)).toEqual([
      '1: completions[1]: "response" is empty',
      '1: completions[2]: "overall_score" is missing',
      '2: completions[1]: "overall_score" is text, not a number',
      '2: fewer than two of its completions can be used',
    ])
  })

  test('distilabel: generations are ranked by their ratings', async () => {
    const { ranked } = await lines({ instruction: 'i', generations: ['a', 'b', 'c'], ratings: [2, 5, 2] })
    expect(ranked[0].answers.map(({ text, rank }) => [text, rank])).toEqual([
      ['b', 0],
      ['a', 1],
      ['c', 1],
    ])
  })

  test('a score next to a response is reported as unused', async () => {
    const { instructions, notes } = await lines({ prompt: 'p', response: 'r', score: 1 })
    expect(instructions).toHaveLength(1)
    expect(notes).toEqual([`The field "score" isn't used (1 row), so every response is used as an example regardless of its value.`])
  })
})

describe('preferences under other names', () => {
  test('SHP: label 1 prefers A', async () => {
    const row = { history: 'p', human_ref_A: 'a', human_ref_B: 'b', score_A: 3, score_B: 9 }
    const imported = await lines({ ...row, labels: 1 }, { ...row, labels: 0 }, { ...row, labels: null }, { ...row, labels: 2 })
    expect(imported.preferences.map(({ chosen, rejected }) => [chosen, rejected])).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ])
    expect(reasons(imported.rejected)).toEqual(['3: "labels" is missing', '4: "labels" is 2, neither 0 nor 1'])
    expect(imported.notes).toHaveLength(2)
  })

  test('a winner is read by name; a tie is skipped', async () => {
    const row = { prompt: 'p', response_a: 'a', response_b: 'b' }
    const imported = await lines({ ...row, winner: 'model_b' }, { ...row, winner: 'tie' }, { ...row, winner: 'A' }, { ...row, winner: 'c' })
    expect(imported.preferences.map(({ chosen }) => chosen)).toEqual(['b', 'a'])
    expect(reasons(imported.skipped)).toEqual(['2: "winner" prefers neither response'])
    expect(reasons(imported.rejected)).toEqual(['4: "winner" is "c", which names neither response_a nor response_b'])
  })

  test('HH-RLHF: the turns shared by both transcripts are the prompt', async () => {
    const start = '\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: How?\n\nAssistant:'
    const imported = await lines(
      { chosen: `${start} So.`, rejected: `${start} No.` },
      { chosen: `${start} So.`, rejected: '\n\nHuman: x\n\nAssistant: y' },
      { chosen: start, rejected: `${start} a` },
    )
    expect(imported.preferences).toEqual([
      { line: 1, prompt: [user('Hi'), assistant('Hello.'), user('How?')], chosen: 'So.', rejected: 'No.' },
    ])
    expect(imported.rejected.map(({ line }) => line)).toEqual([2, 3])
  })

  test('reads an instruction with its input, a question with its system text, and sides that are messages', async () => {
    const imported = await lines(
      { instruction: 'i', input: 'x', chosen: { from: 'gpt', value: 'a' }, rejected: { from: 'gpt', value: 'b' } },
      { system: 's', question: 'q', chosen: 'a', rejected: 'b' },
      { prompt: 'p', history: [['u', 'v']], chosen: 'a', rejected: 'b' },
      { prompt: 'p', chosen: [system('s'), user('p'), assistant('a')], rejected: [system('s'), user('p'), assistant('b')] },
    )
    expect(imported.preferences.map(({ prompt }) => prompt)).toEqual([
      'i\n\nx',
      [system('s'), user('q')],
      [user('u'), assistant('v'), user('p')],
      [system('s'), user('p')],
    ])
  })
})

describe('preferences in other tools’ forms', () => {
  test.each([
    ['Argilla’s UltraFeedback', { instruction: 'p', chosen_response: 'a', rejected_response: 'b' }],
    ['Argilla’s cleaned UltraFeedback', { prompt: 'p', chosen: [user('p'), assistant('a')], rejected: [user('p'), assistant('b')] }],
    ['OpenAI', { input: { messages: [user('p')] }, preferred_output: [assistant('a')], non_preferred_output: [assistant('b')] }],
    ['ms-swift', { messages: [user('p'), assistant('a')], rejected_response: 'b' }],
    ['LLaMA-Factory’s earlier form', { instruction: 'p', input: '', output: ['a', 'b'] }],
    ['a table', { Prompt: 'p', 'Chosen Answer': 'a', 'Rejected Answer': 'b' }],
    ['winners', { prompt: 'p', response_w: 'a', response_l: 'b' }],
    ['preferred', { question: 'p', preferred: 'a', dispreferred: 'b' }],
  ])('%s', async (_, row) => {
    const { format, preferences, notes, rejected } = await lines(row)
    expect({ format, preferences, rejected }).toEqual({
      format: 'preferences',
      preferences: [{ line: 1, prompt: 'p', chosen: 'a', rejected: 'b' }],
      rejected: [],
    })
    expect(notes).toEqual('output' in row ? ['Of two texts in "output", the first is the chosen one (1 row).'] : [])
  })

  test('mean ratings count as scores; everything that isn’t used is named', async () => {
    const row = {
      instruction: 'p',
      chosen_response: 'a',
      rejected_response: 'b',
      chosen_avg_rating: 4.5,
      rejected_avg_rating: 2,
      model: 'm',
    }
    const { preferences, notes } = await lines(row)
    expect(preferences).toMatchObject([{ scoreChosen: 4.5, scoreRejected: 2 }])
    expect(notes).toEqual([`The field "model" isn't used (1 row).`])
  })

  test('a verdict called better stays a comparison', async () => {
    const row = { prompt: 'p', response_a: 'a', response_b: 'b', better: 'b', worse: 'a' }
    expect((await lines(row)).preferences).toMatchObject([{ chosen: 'b', rejected: 'a' }])
  })

  test('a missing score isn’t a low one', async () =>
    expect((await lines({ prompt: 'p', chosen: 'a', rejected: 'b', score_rejected: 1 })).notes).toEqual([]))
})

describe('more forms of preferences', () => {
  test('AlpacaEval and AlpacaFarm: preference 1 is the first output; a draw or a missing verdict is skipped', async () => {
    const row = { instruction: 'i', input: 'x', output_1: 'a', output_2: 'b', generator_1: 'g' }
    const imported = await lines(...[1, 1.3, 1.5, 0, 1.7, 2, null, 3].map((preference) => ({ ...row, preference })))
    expect(imported.preferences.map(({ line, prompt, chosen }) => [line, prompt, chosen])).toEqual([
      [1, 'i\n\nx', 'a'],
      [2, 'i\n\nx', 'a'],
      [5, 'i\n\nx', 'b'],
      [6, 'i\n\nx', 'b'],
    ])
    expect(imported.skipped.map(({ line }) => line)).toEqual([3, 4, 7])
    expect(reasons(imported.rejected)).toEqual(['8: "preference" is 3, not from 1 to 2'])
  })

  test('numbered responses and a number that names one', async () => {
    const row = { prompt: 'p', response_1: 'a', response_2: 'b' }
    const imported = await lines(
      { ...row, winner: 1 },
      { ...row, winner: 'response_2' },
      { ...row, winner: 'equal' },
      { ...row, winner: 3 },
    )
    expect(imported.preferences.map(({ chosen }) => chosen)).toEqual(['a', 'b'])
    expect(reasons(imported.rejected)).toEqual(['4: "winner" is "3", which names neither response_1 nor response_2'])
  })

  test('TRL’s implicit prompt is what both texts begin with', async () => {
    const imported = await lines(
      { chosen: 'The sky is blue.', rejected: 'The sky is green.' },
      { chosen: 'Two words', rejected: 'Two' },
      { chosen: 'Yes', rejected: 'No' },
      { chosen: 'The sky is blue.', rejected: 'The sky is green.', topic: 'sky' },
    )
    expect(imported.preferences).toEqual([{ line: 1, prompt: 'The sky is', chosen: ' blue.', rejected: ' green.' }])
    expect(imported.notes[0]).toBe('The prompt is what both texts begin with (1 row).')
    expect(imported.rejected.map(({ line }) => line)).toEqual([2, 3, 4])
  })

  test('ratings count as scores', async () =>
    expect((await lines({ prompt: 'p', chosen: 'a', rejected: 'b', 'chosen-rating': 4.5, 'rejected-rating': 2 })).preferences).toEqual([
      { line: 1, prompt: 'p', chosen: 'a', rejected: 'b', scoreChosen: 4.5, scoreRejected: 2 },
    ]))

  test('Laurel’s own export keeps where a pair comes from', async () => {
    const own = { judge: 'M1, additive', override: 'swap', run: 'r', iteration: 2, reviewer: null }
    const { preferences, notes } = await lines({ prompt: 'p', chosen: 'a', rejected: 'b', ...own })
    expect(preferences[0].provenance).toEqual({ judge: 'M1, additive', override: 'swap', run: 'r', iteration: 2 })
    expect(notes).toEqual([])
    expect((await lines({ prompt: 'p', chosen: 'a', rejected: 'b', model: 'x' })).notes).toEqual([`The field "model" isn't used (1 row).`])
  })
})

describe('solutions in steps', () => {
  test('one whose steps are all right is an example; one with a wrong step is skipped, and kept as unwanted', async () => {
    const row = { prompt: '1 + 1?', completions: ['One and one.', 'Two.'] }
    const imported = await lines({ ...row, labels: [true, true] }, { ...row, labels: [true, false] }, { ...row, labels: [true] })
    expect(imported.format).toBe('stepwise')
    expect(imported.instructions).toEqual([{ line: 1, prompt: '1 + 1?', response: 'One and one.\nTwo.' }])
    expect(imported.unwanted).toEqual([{ line: 2, prompt: '1 + 1?', response: 'One and one.\nTwo.' }])
    expect(reasons(imported.skipped)).toEqual([`2: step 2 is labeled wrong, so the solution isn't one to imitate`])
    expect(reasons(imported.rejected)).toEqual(['3: there are 2 completions but 1 labels'])
  })
})

test('a text in ChatML is a conversation', async () => {
  const chat = (...turns: [string, string][]) => turns.map(([role, text]) => `<|im_start|>${role}\n${text}<|im_end|>\n`).join('')
  const imported = await lines(
    { text: chat(['system', 'Be brief.'], ['user', 'q'], ['assistant', 'r']) },
    { text: chat(['system', ''], ['user', 'q'], ['assistant', 'r\n\nmore']) },
    { text: chat(['user', 'q'], ['user', 'q'], ['assistant', 'r']) },
  )
  expect(imported.instructions).toEqual([
    { line: 1, prompt: [system('Be brief.'), user('q')], response: 'r' },
    { line: 2, prompt: 'q', response: 'r\n\nmore' },
  ])
  expect(reasons(imported.rejected)).toEqual([`3: "text" is a conversation whose turns don't alternate`])
})

describe('messages', () => {
  const first = async (...messages: unknown[]) => lines({ messages })

  test('an empty system message is dropped', async () => {
    for (const content of ['', ' ', null])
      expect((await first(system(content), user('u'), assistant('a'))).instructions).toEqual([{ line: 1, prompt: 'u', response: 'a' }])
  })

  test('text parts are joined; other parts reject the row', async () => {
    const parts = [
      { type: 'text', text: 'one, ' },
      { type: 'text', text: 'two' },
    ]
    expect((await first(user(parts), assistant([{ type: 'text', text: 'a' }]))).instructions).toEqual([
      { line: 1, prompt: 'one, two', response: 'a' },
    ])
    const picture = await first(user([...parts, { type: 'image_url', image_url: { url: 'x' } }]), assistant('a'))
    expect(reasons(picture.rejected)).toEqual(['1: messages[0]: content[2] has type "image_url", but only text is supported'])
  })

  test('tool calls and unknown roles reject the row by name', async () => {
    const call = await first(user('u'), assistant(null, { tool_calls: [{ id: '1' }] }))
    expect(reasons(call.rejected)).toEqual(['1: messages[1]: it calls a tool ("tool_calls"), but only text is supported'])
    const observation = await lines({
      conversations: [
        { from: 'human', value: 'u' },
        { from: 'observation', value: 'o' },
      ],
    })
    expect(observation.rejected[0].reason).toContain('role "observation"')
    expect((await first(user('u'), assistant('a', { tool_calls: [] }))).instructions).toHaveLength(1)
  })

  test("a reply of weight 0 isn't trained on", async () => {
    const imported = await lines(
      { messages: [user('u'), assistant('a', { weight: 1 }), user('v'), assistant('b', { weight: 0 })] },
      { messages: [user('u'), assistant('a', { weight: 0 })] },
      { messages: [user('u'), assistant('a', { weight: 0 }), user('v'), assistant('b', { weight: 1 })] },
    )
    expect(imported.instructions).toEqual([
      { line: 1, prompt: 'u', response: 'a' },
      { line: 3, prompt: [user('u'), assistant('a'), user('v')], response: 'b' },
    ])
    expect(reasons(imported.skipped)).toEqual(['2: every reply has weight 0, so there is none to imitate'])
    expect(imported.notes).toContain('Dropped replies of weight 0 at the end of conversations (1 row).')
  })

  test('dropped and context-only turns are noted; an empty last reply is rejected', async () => {
    expect((await first(user('u'), assistant('a'), user('v'))).notes).toEqual([
      'Dropped a user message at the end of conversations (1 row).',
    ])
    expect((await first(user('u'), assistant('a'), user('v'), assistant('b'))).notes).toEqual([
      'In conversations with several replies, the last reply is the example and the others are context (1 row).',
    ])
    expect(reasons((await first(user('u'), assistant(''))).rejected)).toEqual(['1: messages[1]: "content" is empty'])
    expect((await first(user('u'), user('v'), assistant('a'))).rejected[0].reason).toContain(
      'is from the user, but it must be from the assistant',
    )
  })

  test('unused message fields are reported', async () => {
    const { notes } = await first(user('u'), assistant('a', { reasoning_content: 'hm' }))
    expect(notes).toEqual([`The field "messages[].reasoning_content" isn't used (1 row).`])
  })
})

describe('texts with context', () => {
  test.each([
    [{ instruction: 'i', context: 'c', response: 'r', category: 'x' }, 'i\n\nc', 'r'],
    [{ question: 'q', context: 'c', answers: { text: ['r'], answer_start: [1] } }, 'q\n\nc', 'r'],
    [{ query: 'q', response: 'r' }, 'q', 'r'],
    [{ input: 'q', output: 'r' }, 'q', 'r'],
    [{ question: 'q', answer: 'r' }, 'q', 'r'],
    [{ Instruction: 'i', ' Input ': 'x', OUTPUT: 'r' }, 'i\n\nx', 'r'],
    [{ system_prompt: 's', question: 'q', response: 'r' }, [system('s'), user('q')], 'r'],
    [{ prompt: 'p', response: 'r', history: [['u', 'v']] }, [user('u'), assistant('v'), user('p')], 'r'],
  ])('%j', async (row, prompt, response) => {
    expect((await lines(row)).instructions).toMatchObject([{ line: 1, prompt, response }])
  })

  test.each(['<noinput>', '<No input>'])('%s, as Self-Instruct marks it, is no input', async (input) =>
    expect((await lines({ instruction: 'i', input, output: 'o' })).instructions).toEqual([{ line: 1, prompt: 'i', response: 'o' }]),
  )

  test('an instruction without an answer keeps its input', async () =>
    expect((await lines({ instruction: 'Translate.', input: 'Hallo' })).prompts).toEqual(['Translate.\n\nHallo']))

  test("a text that is a whole conversation isn't a prompt", async () => {
    const { instructions, prompts } = await lines({ text: '### Human: Hi### Assistant: Hello.' })
    expect(prompts).toEqual([])
    expect(instructions).toEqual([{ line: 1, prompt: 'Hi', response: 'Hello.' }])
  })

  test('each unused field is reported with its number of rows', async () => {
    const { notes } = await lines({ prompt: 'p', source: 'a' }, { prompt: 'q', source: 'b', id: 7 }, { prompt: 'r', source: '' })
    expect(notes).toEqual([`The field "source" isn't used (2 rows).`, `The field "id" isn't used (1 row).`])
  })

  test('a row with an image is rejected', async () =>
    expect(reasons((await lines({ instruction: 'What is it?', output: 'A cat.', images: ['cat.png'] })).rejected)).toEqual([
      '1: it has "images", but only text is supported',
    ]))
})

describe('OpenAssistant messages, one per row', () => {
  const message = (id: string, parent: string | null, more: object = {}) => ({
    ...{ message_id: id, parent_id: parent, text: `text ${id}`, role: parent === null ? 'prompter' : 'assistant', lang: 'en' },
    ...{ rank: null, deleted: false, review_result: true, synthetic: false, tree_state: 'ready_for_export', ...more },
  })

  test('the first turn of each tree is ranked; everything else is skipped, with the reason', async () => {
    const imported = await lines(
      message('b', 'p', { rank: 1 }),
      message('p', null),
      message('a', 'p', { rank: 0 }),
      message('deleted', 'p', { rank: 2, deleted: true }),
      message('spam', 'p', { rank: 3, review_result: false }),
      message('de', 'p', { rank: 4, lang: 'de' }),
      message('new', 'p'),
      message('later', 'a', { role: 'prompter' }),
      message('lost', 'nowhere', { rank: 0 }),
      message('alone', null),
      message('p', null),
      message('model', 'p', { rank: 5, synthetic: true }),
    )
    expect(imported.format).toBe('oasst-messages')
    expect(imported.ranked).toEqual([
      {
        prompt: 'text p',
        answers: [
          { line: 3, text: 'text a', rank: 0 },
          { line: 1, text: 'text b', rank: 1 },
          { line: 12, text: 'text model', rank: 5 },
        ],
      },
    ])
    expect(imported.instructions.map(({ response }) => response)).toEqual(['text a'])
    expect(reasons(imported.skipped)).toEqual([
      '4: the reply is deleted',
      '5: the reply failed its review',
      '6: the reply is in language "de"',
      '7: the reply has no rank',
      '8: it belongs to a later turn, and only first turns are read',
      "9: its parent nowhere isn't in the file",
      '10: it has no usable reply with a rank',
    ])
    expect(reasons(imported.rejected)).toEqual(['11: duplicate message p'])
    expect(imported.notes).toContain('Messages written by a model ("synthetic") are treated like human ones (1 row).')
  })
})
