import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compileTemplate } from '../../../main/engine/model/jinja/render-template.ts'
import { repositoryFile } from '../../support/shared.ts'

interface Case {
  readonly template: string
  readonly variables?: Record<string, unknown>
  readonly text?: string
  readonly error?: string
}
interface Recorded {
  readonly variables: Record<string, unknown>
  readonly cases: readonly Case[]
}

/** Output of transformers and Jinja2 for templates (`record-jinja2.py`). */
const recorded = JSON.parse(readFileSync(repositoryFile('test/engine/jinja/recorded.json'), 'utf8')) as Recorded

/** Jinja2 features that Laurel rejects, with its error messages. */
const refused: Readonly<Record<string, RegExp>> = {
  "{{ '%x'%255 }}": /the format "%x"/,
  '{{ {1:2,none:3,true:4}|tojson }}': /type bool can't be a dict key/,
  '{{ ([1,2]|reverse)|string|length > 3 }}': /prints a generator, whose text is a memory address/,
  '{% block b %}x{% endblock %}': /the tag 'block'/,
  '{% autoescape true %}<{% endautoescape %}': /the tag 'autoescape'/,
  '{% print 1 %}': /the tag 'print'/,
}

const render = (template: string, variables: Record<string, unknown> = {}): string => compileTemplate(template).render(variables)

test.each(recorded.cases.filter(({ template }) => refused[template] === undefined))('$template renders as in Jinja2', (recordedCase) => {
  const { template, variables = recorded.variables, text } = recordedCase
  if (text === undefined) expect(() => render(template, variables)).toThrow(expect.objectContaining({ name: 'TemplateError' }))
  else expect(render(template, variables)).toBe(text)
})

test.each(Object.entries(refused))('%s is rejected by name', (template, message) => {
  expect(recorded.cases.some((recordedCase) => recordedCase.template === template)).toBe(true)
  expect(() => render(template)).toThrow(message)
})

test('a template that never ends, grows without bound or recurses forever ends with an error', () => {
  const endless = '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}'
  expect(() => render(endless)).toThrow(/takes more than/)
  const fibonacci = '{% macro f(n) %}{% if n < 2 %}1{% else %}{{ f(n-1) }}{{ f(n-2) }}{% endif %}{% endmacro %}{{ f(40) }}'
  expect(() => render(fibonacci)).toThrow(/takes more than/)
  const lists = '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}'
  expect(() => render(lists)).toThrow(/generates far more/)
  const texts = "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x.replace('a', 'aa') %}{% endfor %}"
  expect(() => render(texts)).toThrow(/takes more than|generates far more/)
  const shared = '{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}'
  for (const use of ['{{ ns.x }}', '{{ ns.x|tojson }}']) expect(() => render(shared + use)).toThrow(/takes more than|generates far more/)
  for (const grown of [
    "'a' * 10**12",
    "'a'.ljust(10**12)",
    "'a'|center(10**12)",
    "'%1000000000000s' % 'a'",
    "'a'.zfill(10**12)",
    '[1] * 10**12',
  ]) {
    expect(() => render(`{{ ${grown} }}`)).toThrow(/generates far more/)
  }
  expect(() => render('{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}')).toThrow(/nested too deeply/)
  expect(() => render('{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}')).toThrow(/nested too deeply/)
  expect(() => render(`{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`)).toThrow(/nested too deeply/)
  expect(() => render(`{{ ${'-'.repeat(5000)}1 }}`)).toThrow(/nested too deeply/)
  expect(() => render(`{{ ${'not '.repeat(50_000)}1 }}`)).toThrow(expect.objectContaining({ name: 'TemplateError' }))
  expect(() => render('{% if true %}'.repeat(5000) + '{% endif %}'.repeat(5000))).toThrow(/nested too deeply/)
})

test('templates cannot reach JavaScript objects', () => {
  for (const name of ['constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty']) {
    for (const value of ["'a'", '1', '[]', '{}', 'none', 'range', 'namespace()', 'messages', '(1,)']) {
      expect(render(`{{ ${value}.${name} }}{{ ${value}['${name}'] }}`, { messages: [] })).toBe('')
    }
    expect(render(`{{ ${name} }}`)).toBe('')
  }
  expect(() => render("{{ {}|attr('constructor')('x') }}")).toThrow(/is undefined/)
  expect(() => render('{{ messages.__proto__.x }}', { messages: JSON.parse('{"__proto__": {"x": 1}}') })).not.toThrow()
})
