import { describe, expect, test } from 'vitest'
import { chatTemplate } from '../../../main/engine/model/tokenizer/chat-template.ts'

const messages = [{ role: 'user', content: 'first line\nsecond line' }]
const render = (source: string) => chatTemplate(source, {}, 'm/chat_template.jinja').render(messages, true)

const grow = (step: string) => `{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ${step} %}{% endfor %}{{ ns.x }}`

describe('a template that would use too much is stopped as bad input', () => {
  test.each([
    ['nested loops', '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}'],
    ['nested loops over one list', '{% set r = range(90000) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}'],
    ['loops with a condition', '{% set r = range(90000) %}{% for a in r if a in [1] %}{% endfor %}'.repeat(60)],
    ['a macro that calls itself twice', '{% macro f(n) %}{% if n > 1 %}{{ f(n-1) }}{{ f(n-2) }}{% endif %}{% endmacro %}{{ f(45) }}'],
    ['a list that doubles', '{% set ns = namespace(x=[0]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}'],
    ['a string that doubles', grow('ns.x ~ ns.x')],
    ['a method that lengthens', grow("ns.x.replace('a', 'aaaaaaa')")],
    ['a method that fills the gaps', grow("ns.x.replace('', ns.x)")],
    ['a method found by a computed name', grow("ns.x['rep' ~ 'lace']('a', 'aaaaaaa')")],
    ['a filter that lengthens', grow("ns.x | replace('a', 'aaaaaaa')")],
    ['a separator as long as the text', grow('ns.x | join(ns.x)')],
    ['a wide indent', '{{ messages[0].content | indent(10**8) }}'],
    ['a wide indent by name', '{{ messages[0].content | indent(width=10**8) }}'],
    ['a wide indent of a block', '{% filter indent(10**8) %}a\nb{% endfilter %}'],
    ['wide JSON', '{{ messages | tojson(indent=10**8) }}'],
    ['many ranges', '{% for a in range(100000) %}{% set r = range(100000) %}{% endfor %}'],
  ])('%s', (_name, source) => {
    expect(() => render(source)).toThrow(
      expect.objectContaining({
        code: 'BAD_INPUT',
        message: expect.stringMatching(/^m\/chat_template\.jinja: the chat template was stopped: it (takes more than|generates far more)/),
      }),
    )
  })
})

test('endless recursion is bad input too', () => {
  expect(() => render('{% macro f(g) %}{{ g(g) }}{% endmacro %}{{ f(f) }}')).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
})

test('a template within its budget renders normally', () => {
  expect(render("{{ 'a-b-a'.replace('a', 'cc') }}|{{ 'a-b' | replace('-', '+') }}|{{ ['x', 'y'] | join(', ') }}")).toBe('cc-b-cc|a+b|x, y')
  expect(render('{{ messages[0].content | indent(2) }}')).toBe('first line\n  second line')
  expect(render('{{ [1, 2] | tojson(indent=2) }}')).toBe('[\n  1,\n  2\n]')
  expect(render("{{ ' a '.strip().upper() }}{{ 'a,b'.split(',') | last }}{% filter upper %}c{% endfilter %}")).toBe('AbC')
  const count = '{% set ns = namespace(n=0) %}{% for a in range(1000) %}{% set ns.n = ns.n + a %}{% endfor %}{{ ns.n }}'
  expect(render(count)).toBe('499500')
})

test('the budget is per rendering: a thousand messages fit, again and again', () => {
  const template = chatTemplate("{% for m in messages %}{{ m['role'] + ': ' + m['content'] | trim + '\n' }}{% endfor %}", {}, 'x')
  const many = Array.from({ length: 1000 }, () => ({ role: 'user', content: 'word '.repeat(400) }))
  for (let i = 0; i < 3; i++) expect(template.render(many, false)).toHaveLength(many.length * ('user: \n'.length + 1999))
})
