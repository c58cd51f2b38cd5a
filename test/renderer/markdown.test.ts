import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ModelText } from '../../renderer/components/markdown.tsx'

const markup = (text: string): string => renderToStaticMarkup(createElement(ModelText, { text }))

test('lists, code, and tables are formatted', () => {
  expect(markup('- one\n- two')).toContain('<li>one</li>')
  expect(markup('`x`')).toContain('<code>x</code>')
  expect(markup('| a |\n| - |\n| b |')).toContain('<td>b</td>')
})

test.each([
  ['a script', '<script>alert(1)</script>'],
  ['a raw element', '<iframe src="https://example.org"></iframe>'],
  ['a handler', '<b onclick="alert(1)">x</b>'],
  ['a style', '<style>body{display:none}</style>'],
])('%s in a model’s text is never rendered', (_, text) => {
  expect(markup(`before\n\n${text}\n\nafter`)).not.toMatch(/<(script|iframe|style|b)\b|onclick/)
})

test('a link shows its address and isn’t clickable', () => {
  const shown = markup('[click](https://example.org) and [worse](javascript:alert(1)) and https://example.com')
  expect(shown).not.toMatch(/<a\b|href|javascript:/)
  expect(shown).toContain('title="https://example.org"')
})

test('an image is replaced by its description, and nothing is loaded', () => {
  const shown = markup('![a cat](https://example.org/cat.png)')
  expect(shown).not.toMatch(/<img|src=|example\.org/)
  expect(shown).toContain('a cat')
})

test('a heading in an answer doesn’t become a heading of the page', () => {
  expect(markup('# Loud')).not.toMatch(/<h\d/)
})
