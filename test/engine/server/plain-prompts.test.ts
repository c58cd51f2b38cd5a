import { describe, expect, test } from 'vitest'
import { promptIds } from '../../../main/engine/inference/prompt-ids.ts'
import type { ModelFiles } from '../../../main/engine/model/load-model.ts'
import { chatTemplate } from '../../../main/engine/model/tokenizer/chat-template.ts'
import type { Tokenizer } from '../../../main/engine/model/tokenizer/tokenizer.ts'
import { encodeDpo, encodeReward, rowLengths } from '../../../main/engine/training/encoded-rows.ts'
import { encodeSides } from '../../../main/engine/training/prompt-and-completion.ts'

const special = ['<s>', '</s>', '<u>', '<a>', '<think>']

/** One token per character, after the special ones. */
const tokenizer: Tokenizer = {
  vocabulary: 1000,
  opening: [0],
  isSpecial: (id) => id < special.length,
  encode: (text) =>
    text
      .split(/(<[/a-z]+>)/)
      .flatMap((part) => (special.includes(part) ? [special.indexOf(part)] : [...part].map((c) => 10 + c.codePointAt(0)!))),
  decode: () => '',
  tokenOf: () => undefined,
  idOf: () => undefined,
}
const filesWith = (template: string | null): ModelFiles =>
  ({
    ...{ tokenizer, stopTokens: [1], config: { vocabulary: 1000, contextLength: 500 } },
    chatTemplate: template === null ? null : chatTemplate(template, { bos_token: '<s>' }, 'test'),
  }) as unknown as ModelFiles
const ids = (text: string) => tokenizer.encode(text, { special: true })

describe('a base model', () => {
  const files = filesWith(null)

  test('gets prompts and texts after its opening token, once', () => {
    expect(promptIds(files, { prompt: 'ab' }, 0)).toEqual(ids('<s>ab'))
    expect(promptIds(files, { text: 'ab' }, 0)).toEqual(ids('<s>ab'))
    expect(promptIds(files, { text: '<s>ab' }, 0)).toEqual(ids('<s>ab'))
    expect(promptIds(files, { inputIds: [12, 13] }, 0)).toEqual([12, 13])
  })

  test('is trained in the same form', () => {
    expect(encodeSides(files, 'ab', 'c', 0)).toEqual({ prompt: ids('<s>ab'), completion: ids('c</s>') })
  })

  test('learns no end from a text that was cut off', () => {
    expect(encodeSides(files, 'ab', { unfinished: 'c' }, 0)).toEqual({ prompt: ids('<s>ab'), completion: ids('c') })
  })

  test("with a chat template gets the template's output, and texts unchanged", () => {
    const chat = filesWith('{{ bos_token }}{% for m in messages %}<u>{{ m.content }}{% endfor %}')
    expect(promptIds(chat, { prompt: 'ab' }, 0)).toEqual(ids('<s><u>ab'))
    expect(promptIds(chat, { text: 'ab' }, 0)).toEqual(ids('ab'))
  })
})

describe('a template that opens a response differently than it renders one', () => {
  const thinking = filesWith(
    "<s>{% for m in messages %}{% if m.role == 'user' %}<u>{{ m.content }}{% else %}<a>{{ m.content.split('</think>')[-1] }}</s>{% endif %}{% endfor %}{% if add_generation_prompt %}<a><think>\n{% endif %}",
  )

  test('ends the prompt where the two renderings diverge', () => {
    expect(encodeSides(thinking, 'ab', 'c', 0)).toEqual({ prompt: ids('<s><u>ab<a>'), completion: ids('c</s>') })
  })

  test('gives both responses of a pair the same prompt', () => {
    const { examples } = encodeDpo(thinking, [{ prompt: 'ab', chosen: 'c', rejected: '<think>d' }], { maxLength: 100 })
    expect(examples).toEqual([
      { prompt: ids('<s><u>ab<a>'), chosen: ids('c</s>'), rejected: ids('<think>d</s>'), weight: 1, consistency: 1 },
    ])
  })

  test('is rejected if the renderings diverge before the end of the messages', () => {
    const rewriting = filesWith(
      "{% if add_generation_prompt %}{{ messages[0].content|upper }}{% else %}{{ messages|map(attribute='content')|join('|') }}{% endif %}",
    )
    expect(() => encodeSides(rewriting, 'ab', 'c', 0)).toThrow(/renders a prompt differently/)
  })
})

describe('a response that was cut off', () => {
  const turns = (form: string) =>
    filesWith(`{% for m in messages %}<u>{{ ${form} }}</s>\n{% endfor %}{% if add_generation_prompt %}<u>{% endif %}`)

  test('ends where its text does: neither the end of the turn nor what the template puts after it is learned', () => {
    const files = turns('m.content')
    expect(encodeSides(files, 'ab', 'ba', 0)).toEqual({ prompt: ids('<u>ab</s>\n<u>'), completion: ids('ba</s>\n') })
    expect(encodeSides(files, 'ab', { unfinished: 'ba' }, 0)).toEqual({ prompt: ids('<u>ab</s>\n<u>'), completion: ids('ba') })
    expect(encodeSides(files, 'ab', { unfinished: 'ab' }, 0).completion).toEqual(ids('ab')) // the prompt's own words again
  })

  test('ends there too if the template trims it', () => {
    expect(encodeSides(turns('m.content|trim'), 'ab', { unfinished: ' ba ' }, 0).completion).toEqual(ids('ba'))
  })

  test('can be either side of a pair', () => {
    const { examples } = encodeDpo(turns('m.content'), [{ prompt: 'ab', chosen: { unfinished: 'c' }, rejected: 'd' }], { maxLength: 100 })
    expect(examples).toMatchObject([{ chosen: ids('c'), rejected: ids('d</s>\n') }])
  })
})

describe("a judge's pair", () => {
  const files = filesWith("{{ messages|map(attribute='content')|join('|') }}{% if add_generation_prompt %}<a>{% endif %}")
  const row = { better: { prompt: 'ab' }, worse: { messages: [{ role: 'user', content: 'acd' }] }, yes: 'Yes', no: 'No' }

  test('is two rendered prompts, which end where the verdict comes, and the first tokens of both verdicts', () => {
    const { examples, rows } = encodeReward(files, [row, { ...row, yes: 3, margin: 0.5, weight: 2 }], { maxLength: 100 })
    const [yes, no] = ids('YN')
    const encoded = { better: ids('ab<a>'), worse: ids('acd<a>'), yes, no, margin: 0, weight: 1 }
    expect(examples).toEqual([encoded, { ...encoded, yes: 3, margin: 0.5, weight: 2 }])
    expect(rows).toEqual([0, 1])
  })

  test('is left out if one of its prompts is longer than the limit, and counts the common start once', () => {
    const short = { ...row, worse: { prompt: 'ac' } }
    expect(encodeReward(files, [row, short], { maxLength: 3 })).toMatchObject({ truncated: 1, rows: [1], leftOut: [] })
    expect(rowLengths(files, { task: 'reward', model: '', rows: [short], maxLength: 3, promptWeight: 0 })).toEqual([
      { tokens: 5, targets: 4 },
    ])
  })

  test('has verdicts that start with different tokens of the vocabulary', () => {
    const wrong = (changes: object) => () => encodeReward(files, [row, { ...row, ...changes }], { maxLength: 100 })
    expect(wrong({ no: 'Yet' })).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', row: 1, message: expect.stringMatching(/same token/) }),
    )
    expect(wrong({ no: 1000 })).toThrow(/outside the model's vocabulary/)
    expect(encodeReward(files, [row, { ...row, no: 1000 }], { maxLength: 100, leaveOut: true }).leftOut).toMatchObject([{ row: 1 }])
  })
})
