import { z } from 'zod'
import { isObject } from '../../shared/is-object.ts'
import { type CheckKinds, checkKind } from './check-kind.ts'
import { amount, quantity } from './quantities.ts'
import { withoutFence } from './text-parts.ts'

const fixedAnswers = ['My answer is yes.', 'My answer is no.', 'My answer is maybe.']

/** Markdown bullets as IFEval counts them: a line that starts with `-`, or with one `*` and anything after it. */
function countMarkdownBullets(text: string): number {
  const lines = text.split('\n')
  let bullets = 0
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i].trimStart()
    if (line.startsWith('-')) bullets += 1
    else if (/^\*[^*]/.test(line)) bullets += 1
    else if (line === '*' && i < lines.length - 1) {
      bullets += 1
      if (!lines[++i].trimStart().startsWith('-')) continue // what follows a lone asterisk is its text
      bullets += 1
    }
  }
  return bullets
}

/** Items of a list: lines that start with `-`, `*`, `+`, or `•`, a space, and text. */
const countBullets = (text: string): number => text.split('\n').filter((line) => /^\s*[-*+•]\s+\S/.test(line)).length

const bulletRelation = z.enum(['exactly', 'at least', 'at most'])

const isInRelation = (count: number, relation: z.output<typeof bulletRelation>, wanted: number): boolean =>
  relation === 'exactly' ? count === wanted : relation === 'at least' ? count >= wanted : count <= wanted

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(withoutFence(text))
  } catch {
    return undefined
  }
}

/** What a response's layout is. */
export const formatChecks: CheckKinds = {
  'detectable_content:number_placeholders': checkKind({
    args: z.strictObject({ num_placeholders: quantity }),
    describe: ({ num_placeholders }) =>
      `The response contains at least ${amount(num_placeholders, 'placeholder')} in square brackets, such as [address].`,
    isMet: (response, { num_placeholders }) => (response.match(/\[[^\n]*?\]/g)?.length ?? 0) >= num_placeholders,
  }),
  'detectable_content:postscript': checkKind({
    args: z.strictObject({ postscript_marker: z.string().trim().min(1) }),
    describe: ({ postscript_marker }) => `The response has a postscript that starts with ${postscript_marker}`,
    isMet(response, { postscript_marker }) {
      const text = response.toLowerCase()
      if (postscript_marker === 'P.P.S') return /p\.\s?p\.\s?s/.test(text)
      if (postscript_marker === 'P.S.') return /p\.\s?s\./.test(text)
      return text.includes(postscript_marker.toLowerCase())
    },
  }),
  'detectable_format:number_bullet_lists': checkKind({
    args: z.strictObject({ num_bullets: quantity }),
    describe: ({ num_bullets }) =>
      `The response contains exactly ${amount(num_bullets, 'bullet point')} in Markdown, each on a line that starts with * or -.`,
    isMet: (response, { num_bullets }) => countMarkdownBullets(response) === num_bullets,
  }),
  'detectable_format:constrained_response': checkKind({
    args: z.strictObject({}),
    describe: () => `The response contains one of these answers: ${fixedAnswers.map((answer) => `"${answer}"`).join(', ')}.`,
    isMet: (response) => fixedAnswers.some((answer) => response.includes(answer)),
  }),
  'detectable_format:number_highlighted_sections': checkKind({
    args: z.strictObject({ num_highlights: quantity }),
    describe: ({ num_highlights }) => `The response highlights at least ${amount(num_highlights, 'part')} with Markdown, such as *this*.`,
    isMet(response, { num_highlights }) {
      const found = [...response.matchAll(/\*([^\n*]*)\*/g), ...response.matchAll(/\*\*([^\n*]*)\*\*/g)]
      return found.filter(([, inside]) => inside.trim() !== '').length >= num_highlights
    },
  }),
  'detectable_format:multiple_sections': checkKind({
    args: z.strictObject({ section_spliter: z.string().trim().min(1), num_sections: quantity }),
    describe: ({ section_spliter, num_sections }) =>
      `The response has at least ${amount(num_sections, 'section')}, each of which starts with ${section_spliter} and its number.`,
    isMet: (response, { section_spliter, num_sections }) =>
      response
        .split(section_spliter)
        .slice(1)
        .filter((after) => /^\s?\p{Nd}/u.test(after)).length >= num_sections,
  }),
  'detectable_format:json_format': checkKind({
    args: z.strictObject({}),
    describe: () => 'The whole response is valid JSON; it may be in a Markdown code block.',
    isMet: (response) => parsedJson(response) !== undefined,
  }),
  'detectable_format:title': checkKind({
    args: z.strictObject({}),
    describe: () => 'The response contains a title in double angle brackets, such as <<poem of joy>>.',
    isMet: (response) => (response.match(/<<[^\n]+>>/g) ?? []).some((title) => title.replace(/^<+/, '').replace(/>+$/, '').trim() !== ''),
  }),
  'laurel:bullets': checkKind({
    args: z.strictObject({ count: quantity, relation: bulletRelation.default('exactly') }),
    describe: ({ count, relation }) => `The response contains ${relation} ${amount(count, 'bullet point')}, each on its own line.`,
    isMet: (response, { count, relation }) => isInRelation(countBullets(response), relation, count),
  }),
  'laurel:json_keys': checkKind({
    args: z.strictObject({ keys: z.array(z.string()).min(1) }),
    describe: ({ keys }) =>
      `The whole response is a valid JSON object with the ${keys.length === 1 ? 'key' : 'keys'} ${keys.map((key) => `"${key}"`).join(', ')}.`,
    isMet(response, { keys }) {
      const value = parsedJson(response)
      return isObject(value) && keys.every((key) => Object.hasOwn(value, key))
    },
  }),
}
