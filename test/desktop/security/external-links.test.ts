import { beforeEach, expect, test } from 'vitest'
import { externalLinks, openableAddress } from '../../../main/desktop/security.ts'

test.each([
  'http://arxiv.org/abs/2401.10020',
  'https://evil.example/',
  'https://arxiv.org.evil.example/',
  'https://evil.example/https://arxiv.org/',
  'https://arxiv.org@evil.example/',
  'https://name:password@arxiv.org/',
  'https://arxiv.org:8443/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'smb://arxiv.org/share',
  'ms-settings:',
  '//arxiv.org/',
  'arxiv.org',
  '',
])('%s isn’t opened', (address) => {
  expect(openableAddress(address)).toBeUndefined()
})

test('an address of a known site is opened in its canonical form', () => {
  expect(openableAddress('HTTPS://ARXIV.org/abs/../abs/2401.10020')).toBe('https://arxiv.org/abs/2401.10020')
})

let asked: string[]
let opened: string[]
let said: string[]
let answer: () => Promise<boolean>
let open: (address: string) => void
beforeEach(() => {
  asked = []
  opened = []
  said = []
  answer = async () => true
  open = externalLinks({
    confirm(address) {
      asked.push(address)
      return answer()
    },
    open: async (address) => void opened.push(address),
    log: (line) => said.push(line),
  })
})

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a known page opens once the user has confirmed', async () => {
  open('https://arxiv.org/abs/2401.10020')
  expect(opened).toEqual([])
  await settled()
  expect([asked, opened]).toEqual([['https://arxiv.org/abs/2401.10020'], ['https://arxiv.org/abs/2401.10020']])
})

test('a page doesn’t open if the user declines', async () => {
  answer = async () => false
  open('https://arxiv.org/')
  await settled()
  expect(opened).toEqual([])
})

test('an unknown page is refused without asking and logged in shortened form', async () => {
  open(`https://evil.example/${'x'.repeat(5000)}`)
  await settled()
  expect([asked, opened]).toEqual([[], []])
  expect(said[0].length).toBeLessThan(300)
})

test('a hundred links opened at the same time ask once', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  answer = () => promise
  for (let i = 0; i < 100; i++) open('https://arxiv.org/')
  expect(asked).toHaveLength(1)
  resolve(true)
  await settled()
  expect(opened).toHaveLength(1)
  open('https://arxiv.org/')
  expect(asked).toHaveLength(2)
})
