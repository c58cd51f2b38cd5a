import { expect, test } from 'vitest'
import { decodedText } from '../../../main/data/sources/text-encoding.ts'

/** Texts, and their bytes in an encoding as Python writes them. */
const texts: readonly (readonly [encoding: string, text: string, base64: string])[] = [
  ['Windows-1251', 'Как заварить чай? Ответь кратко.', 'yuDqIOfg4uDw6PL8IPfg6T8gzvLi5fL8IOrw4PLq7i4='],
  ['KOI8-R', 'Как заварить чай? Ответь кратко.', '68HLINrB18HSydTYIN7Byj8g79TXxdTYIMvSwdTLzy4='],
  ['Windows-1253', 'Πώς φτιάχνω τσάι; Απάντησε σύντομα.', '0P7yIPb06dz37fkg9PPc6TsgwfDc7fTn8+Ug8/3t9O/s4S4='],
  ['Shift_JIS', 'お茶の入れ方を短く教えてください。', 'gqiSg4LMk/yC6pX7gvCSWoKti7OCpoLEgq2CvoKzgqKBQg=='],
  ['EUC-JP', 'お茶の入れ方を短く教えてください。', 'pKrD46TOxv6k7Mr9pPLDu6SvtrWkqKTGpK+kwKS1pKShow=='],
  ['EUC-KR', '차를 끓이는 방법을 짧게 알려 주세요.', 'wve4piCy+sDMtMIguea5/cC7IMKqsNQgvsu3wSDB1ry8v+Qu'],
  ['GB18030', '怎样泡茶？请简短地回答。', '1PXR+cXdsuijv8frvPK2zLXYu9i08KGj'],
  ['Big5', '怎樣泡茶？請簡短地回答。', 'q+e8y6p3r/mhSL3QwrK1daZhpl61qqFD'],
  [
    'Windows-1252',
    'Wie brüht man Tee auf? Die Größe fällt später, schön für „Öl“.',
    'V2llIGJy/Gh0IG1hbiBUZWUgYXVmPyBEaWUgR3L232UgZuRsbHQgc3DkdGVyLCBzY2j2biBm/HIghNZsky4=',
  ],
]
const withHeader = (base64: string): Buffer => Buffer.concat([Buffer.from('prompt\n'), Buffer.from(base64, 'base64')])

test.each(texts)('%s is recognized by its letters, and said', (encoding, text, base64) => {
  expect(decodedText('table.csv', withHeader(base64))).toEqual({
    text: `prompt\n${text}`,
    note: `The file isn’t UTF-8 and is read as ${encoding}. If letters are wrong, choose its encoding.`,
  })
})

test('a large file is recognized by its beginning, wherever that ends', () => {
  const [, text, base64] = texts[3]
  const row = Buffer.concat([Buffer.from(base64, 'base64'), Buffer.from('\n')])
  const large = decodedText('table.csv', Buffer.concat(Array.from({ length: 3000 }, () => row)))
  expect(large.text).toBe(`${text}\n`.repeat(3000))
})

test('a byte that doesn’t fit the encoding later on leaves Windows-1252', () => {
  const [, , base64] = texts[3]
  const rows = Buffer.concat([
    ...Array.from({ length: 3000 }, () => Buffer.from(`${Buffer.from(base64, 'base64').toString('latin1')}\n`, 'latin1')),
    Buffer.from([0xff]),
  ])
  expect(decodedText('table.csv', rows).note).toMatch(/Windows-1252/)
})

test.each(['Ação e coração à mão', 'café, naïve, Noël', 'Größe über Öl'])('letters with accents are Windows-1252: %s', (text) => {
  expect(decodedText('table.csv', Buffer.from(text, 'latin1')).text).toBe(text)
})
