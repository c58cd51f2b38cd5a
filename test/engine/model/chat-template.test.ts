import { expect, test } from 'vitest'
import { chatTemplate } from '../../../main/engine/model/tokenizer/chat-template.ts'
import { configuredTemplate, namedTokens } from '../../../main/engine/model/tokenizer/tokenizer-config.ts'
import { chatMl } from '../../support/tiny-tokenizer.ts'

const user = { role: 'user', content: 'Hi' }
const render = (source: string, generation = false, messages = [user]) =>
  chatTemplate(source, { bos_token: '<s>', eos_token: '</s>' }, 'x.json').render(messages, generation)

test('a conversation is rendered by the template, with an opened turn on request', () => {
  expect(render(chatMl)).toBe('<|im_start|>user\nHi<|im_end|>\n')
  expect(render(chatMl, true)).toBe('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n')
})

test('a template knows its special tokens, and that there are no tools', () => {
  expect(
    render(
      '{{ bos_token }}{{ messages[0].content | trim }}{{ eos_token }}{% if tools is none %}!{% endif %}{% if not custom %}?{% endif %}',
    ),
  ).toBe('<s>Hi</s>!?')
})

test('blocks leave no line ends behind, as in transformers', () => {
  expect(render('{% for m in messages %}\n  {% if true %}\n{{ m.role }}\n  {% endif %}\n{% endfor %}\n')).toBe('user\n')
})

test('the date is constant', () => {
  expect(render('{{ strftime_now("%d %b %Y, %B %A %H%%") }}')).toBe('26 Jul 2024, July Friday 00%')
})

test("an error raised by the template is bad input, with the template's message", () => {
  expect(() => render('{{ raise_exception("Roles must alternate") }}')).toThrow(
    expect.objectContaining({
      code: 'BAD_INPUT',
      message: expect.stringContaining('x.json: the chat template rejects these messages: Roles must alternate'),
    }),
  )
})

test('rendering keeps no state', () => {
  const template = chatTemplate('{% set n = 1 %}{{ messages | length }}', {}, 'x')
  expect([template.render([user], false), template.render([user, user], false)]).toEqual(['1', '2'])
})

test('an invalid template, a too long one, and a too long loop are rejected', () => {
  expect(() => render('{% for %}')).toThrow(/x\.json: the chat template can't be parsed/)
  expect(() => render('a'.repeat(300_000))).toThrow(/300000 characters/)
  expect(() => render('{% for i in range(1000000000) %}{% endfor %}')).toThrow(/range of 1000000000 is too long/)
})

test('range counts as in Python', () => {
  expect(
    render(
      '{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(5, 1, -2) %}{{ i }}{% endfor %}{% for i in range(2, 2) %}x{% endfor %}',
    ),
  ).toBe('01253')
})

test('among several templates the one named default is used, or else the first', () => {
  expect(
    configuredTemplate({
      chat_template: [
        { name: 'tool_use', template: 'a' },
        { name: 'default', template: 'b' },
      ],
    }),
  ).toBe('b')
  expect(configuredTemplate({ chat_template: [{ name: 'rag', template: 'a' }] })).toBe('a')
  expect(configuredTemplate({ chat_template: 'c' })).toBe('c')
  expect([configuredTemplate({}), configuredTemplate(null), configuredTemplate({ chat_template: null })]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('tokens are named plainly or as objects', () => {
  expect(namedTokens({ bos_token: '<s>', eos_token: { content: '</s>', special: true }, pad_token: null })).toEqual({
    bos_token: '<s>',
    eos_token: '</s>',
  })
  expect(namedTokens(null)).toEqual({})
})
