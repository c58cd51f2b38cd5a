import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseScore } from '../../main/evaluation/parse-score.ts'

const runs = { seed: 20240117, numRuns: 300 }

const scores = fc.integer({ min: 0, max: 20 }).map((quarters) => quarters / 4)
const comma = (score: number): string => String(score).replace('.', ',')
const fullWidth = (text: string): string => text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))

/** Ways to write a number from 0 to 5. */
const written = scores.chain((score) =>
  fc
    .constantFrom<(score: number) => string>(
      String,
      comma,
      (value) => `${value}/5`,
      (value) => `${comma(value)}/5`,
      (value) => `${value} / 5`,
      (value) => `${value} out of 5`,
      (value) => `${comma(value)} von 5`,
      (value) => `${comma(value)} sur 5`,
      (value) => `${value} (out of 5)`,
      (value) => `${value} points`,
      (value) => fullWidth(String(value)),
    )
    .map((form) => ({ score, number: form(score) })),
)

const labels = fc.constantFrom(
  ...[
    'Score',
    'score',
    'SCORE',
    'Final score',
    'Total score',
    'Overall rating',
    'Rating',
    'My score',
    'The final score',
    'Bewertung',
    'Gesamtbewertung',
  ],
  ...[
    'Punktzahl',
    'Puntuación',
    'Punteggio',
    'Pontuação',
    'Score (out of 5)',
    'Score (0-5)',
    '得分',
    '最终得分',
    '评分',
    'スコア',
    '総合評価',
  ],
)

const marks = fc.constantFrom<(label: string, number: string) => string>(
  (label, number) => `${label}: ${number}`,
  (label, number) => `${label}:${number}`,
  (label, number) => `${label}：${number}`,
  (label, number) => `${label} = ${number}`,
  (label, number) => `**${label}:** ${number}`,
  (label, number) => `**${label}: ${number}**`,
  (label, number) => `${label}: **${number}**`,
  (label, number) => `*${label}*: _${number}_`,
  (label, number) => `## ${label}\n${number}`,
  (label, number) => `**${label}**\n\n**${number}**`,
  (label, number) => `- **${label}**: ${number}`,
  (label, number) => `> ${label}: ${number}`,
  (label, number) => `\`${label}: ${number}\``,
  (label, number) => `<b>${label}:</b> <i>${number}</i>`,
  (label, number) => `| Point | Result |\n|---|---|\n| ${label} | ${number} |`,
  (label, number) => `${label}: \\boxed{${number}}`,
  (label, number) => `${label}: $${number}$`,
  (label, number) => `${label}: [${number}]`,
  (label, number) => `${label}: "${number}"`,
  (label, number) => `\`\`\`\n${label}: ${number}\n\`\`\``,
)

/** Justification sentences without a score, including ones with numbers. */
const sentences = fc.constantFrom(
  ...[
    'The response is clear.',
    'It names 3 sources of 2019.',
    'It covers 4/5 of the topics.',
    'The user asks for 5 ideas and gets 2.',
    'Steps 1 to 4 are right.',
  ],
  ...[
    'It lacks depth, which prevents it from receiving a score of 5.',
    'With an example it could have earned a 5.',
    'The film is rated 8/10 there.',
    'In 1995, 12 people met.',
  ],
  ...[
    '- It is relevant.',
    '1. It answers the question.',
    '2. It is short.',
    'Die Antwort nennt 3,5 Liter.',
    '这个回答有三个部分。',
    'It adds 1 point for relevance.',
    'A perfect score of 5 would need sources.',
  ],
  ...[
    'Maximum score: 5',
    'Confidence: 0.9',
    'Confidence score: 3',
    'Relevance score: 1',
    'Relevance: 1/1',
    'If it were longer, I would give it a 4.',
    'Is it a 5?',
  ],
)
const noise = fc.array(sentences, { maxLength: 5 }).map((lines) => lines.join('\n'))

describe('a labeled score', () => {
  it('is parsed in every combination of label, markup, number, and surrounding text', () => {
    fc.assert(
      fc.property(noise, labels, marks, written, noise, (before, label, mark, { score, number }, after) => {
        const text = [before, mark(label, number), after].join('\n\n')
        expect(parseScore(text), text).toBe(score)
      }),
      runs,
    )
  })

  it('is parsed with Windows line endings and with invisible characters anywhere', () => {
    fc.assert(
      fc.property(
        noise,
        labels,
        marks,
        written,
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.constantFrom('\u200b', '\u200d', '\ufeff', '\u2060'),
        (before, label, mark, { score, number }, places, hidden) => {
          let text = `${before}\n\n${mark(label, number)}\n`.replace(/\n/g, '\r\n')
          for (const place of places) {
            const at = place % (text.length + 1)
            if (text[at - 1] !== '\r') text = text.slice(0, at) + hidden + text.slice(at)
          }
          expect(parseScore(text), JSON.stringify(text)).toBe(score)
        },
      ),
      runs,
    )
  })

  it('is the last of several with the same label', () => {
    fc.assert(
      fc.property(scores, scores, noise, labels, (first, last, between, label) => {
        const text = `${label}: ${first}\n${between}\n${label}: ${last}`
        expect(parseScore(text), text).toBe(last)
      }),
      runs,
    )
  })

  it('is parsed from JSON, whatever else the object contains', () => {
    const others = fc.dictionary(
      fc.constantFrom('reason', 'max_score', 'confidence', 'relevance_score', 'id_of_rubric', 'breakdown'),
      fc.constantFrom<unknown>('It says "Score: 1".', { relevance: 1, clarity: { score: 1 } }, ['a', 'b']),
    )
    fc.assert(
      fc.property(
        others,
        scores,
        fc.constantFrom('score', 'Score', 'final_score', 'totalScore', 'overall_score'),
        fc.boolean(),
        fc.boolean(),
        (rest, score, key, isLast, isFenced) => {
          const bounds = { max_score: 5, confidence: 0.5, relevance_score: 1 }
          const object = isLast ? { ...rest, ...bounds, [key]: score } : { [key]: score, ...rest, ...bounds }
          const json = JSON.stringify(object, null, 1)
          expect(parseScore(isFenced ? `Here it is:\n\`\`\`json\n${json}\n\`\`\`` : json), json).toBe(score)
        },
      ),
      runs,
    )
  })
})

describe('text without a score from 0 to 5', () => {
  it('gives null, however long it is', () => {
    fc.assert(
      fc.property(noise, (text) => {
        expect(parseScore(`${text}\nThat is all.`), text).toBeNull()
      }),
      runs,
    )
  })

  it("isn't misread from another scale", () => {
    const tops = fc.constantFrom(1, 3, 4, 7, 10, 20, 100)
    const forms = fc.constantFrom<(label: string, value: number, top: number) => string>(
      (label, value, top) => `${label}: ${value}/${top}`,
      (label, value, top) => `${label}: **${value}** / ${top}`,
      (label, value, top) => `${label}: ${value} out of ${top}`,
      (label, value, top) => `${label}: ${value} von ${top}`,
      (label, value, top) => `${label}: ${value} sur ${top}`,
      (label, value, top) => `${label}: ${value} (out of ${top})`,
      (label, value, top) => `${label} (out of ${top}): ${value}`,
      (label, value, top) => `${label} (0-${top}): ${value}`,
      (label, value, top) => `${label}: ${value} (max. ${top})`,
      (label, value, top) => `${label}: ${value}\nMaximum score: ${top}`,
      (label, value, top) => `${label}: ${value} on a scale of 0 to ${top}`,
      (label, value, top) => `On a scale of 0 to ${top}, I would give this a ${value}.${label === '' ? '' : ''}`,
      (_, value, top) => `I give it ${value} out of ${top}.`,
      (_, value, top) => `${value}/${top}`,
      (_, value, top) => `\\boxed{${value}/${top}}`,
      (_, value, top) => JSON.stringify({ score: value, max_score: top }),
      (_, value, top) => `<score max="${top}">${value}</score>`,
      (_, value, top) => fullWidth(`Score:${value}/${top}`),
      (_, value, top) => `得分：${value}分（满分${top}分）`,
      (label, value) => `${label}: ${value}%`,
    )
    const plain = labels.filter((label) => !label.includes('('))
    fc.assert(
      fc.property(plain, fc.integer({ min: 0, max: 5 }), tops, forms, noise, (label, value, top, form, before) => {
        const text = `${before}\n${form(label, value, top)}`
        expect(parseScore(text), text).toBeNull()
      }),
      runs,
    )
  })

  it("isn't misread from a range, a bound, or an unfinished sum", () => {
    const forms = fc.constantFrom<(value: number) => string>(
      (value) => `${value}-${value + 1}`,
      (value) => `${value} to ${value + 1}`,
      (value) => `${value} or ${value + 1}`,
      (value) => `${value} oder ${value + 1}`,
      (value) => `${value}, maybe ${value + 1}`,
      (value) => `between ${value} and ${value + 1}`,
      (value) => `at least ${value}`,
      (value) => `> ${value}`,
      (value) => `about ${value}`,
      (value) => `-${value + 1}`,
      (value) => `${value + 6}`,
      (value) => `${value} + 1 + `,
      (value) => `${value} + 1 =`,
      () => '',
      () => 'N/A',
    )
    fc.assert(
      fc.property(labels, fc.integer({ min: 0, max: 4 }), forms, noise, (label, value, form, before) => {
        const text = `${before}\n${label}: ${form(value)}`
        expect(parseScore(text), text).toBeNull()
      }),
      runs,
    )
  })

  it("isn't created by truncating a judgement: its score is parsed completely or not at all", () => {
    fc.assert(
      fc.property(noise, labels, marks, fc.integer({ min: 0, max: 5 }), fc.nat(), (before, label, mark, score, cut) => {
        const text = `<think>\n${before}\nScore: ${5 - score}\n</think>\n\n${mark(label, `${score}/5`)}`
        const read = parseScore(text.slice(0, cut % (text.length + 1)))
        expect(read === null || read === score, text.slice(0, cut % (text.length + 1))).toBe(true)
      }),
      runs,
    )
  })
})

describe('any text', () => {
  it('gives null or a number from 0 to 5', () => {
    const pieces = fc.constantFrom(
      'Score',
      ':',
      ' ',
      '\n',
      '4',
      '5',
      '/',
      '10',
      '.',
      ',',
      '-',
      '(',
      ')',
      '**',
      '|',
      '{',
      '}',
      '"score"',
      '<think>',
      '</think>',
      '\\boxed{',
      '[[',
      'out of',
      'I give it',
      '得分',
      '½',
      '＋',
      '４',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 40 }), (texts) => {
        const score = parseScore(texts.join(''))
        expect(score === null || (score >= 0 && score <= 5)).toBe(true)
      }),
      { ...runs, numRuns: 2000 },
    )
  })
})
