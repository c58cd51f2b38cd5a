import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/**
 * Renders the application icons from renderer/public/icon.svg in Chromium: `node resources/icons/make-icons.ts`. The results are checked in,
 * since rendering needs a browser.
 */
const mark = readFileSync(join(import.meta.dirname, '../../renderer/public/icon.svg'), 'utf8')
const sizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024] as const

/** macOS icons have a margin: 824 of 1024 pixels (Apple's template). */
const macShare = 824 / 1024

async function drawn(browser: Browser, size: number, share: number): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  const side = `${share * 100}%`
  await page.setContent(
    `<style>body{margin:0;display:grid;place-items:center;width:100vw;height:100vh}svg{width:${side};height:${side};display:block}</style>${mark}`,
  )
  const image = await page.screenshot({ omitBackground: true })
  await page.close()
  return image
}

/** The Windows container: a directory of PNG images, where size 256 is written as 0. */
function ico(images: readonly (readonly [number, Buffer])[]): Buffer {
  const head = Buffer.alloc(6 + 16 * images.length)
  head.writeUInt16LE(1, 2) // an icon
  head.writeUInt16LE(images.length, 4)
  let offset = head.length
  images.forEach(([size, image], i) => {
    const entry = 6 + 16 * i
    head.writeUInt8(size % 256, entry)
    head.writeUInt8(size % 256, entry + 1)
    head.writeUInt16LE(1, entry + 4) // planes
    head.writeUInt16LE(32, entry + 6) // bits per pixel
    head.writeUInt32LE(image.length, entry + 8)
    head.writeUInt32LE(offset, entry + 12)
    offset += image.length
  })
  return Buffer.concat([head, ...images.map(([, image]) => image)])
}

/** Type codes and sizes in the macOS container; the second code of a size is for Retina displays. */
const icnsTypes: readonly (readonly [string, number])[] = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
]

/** The macOS container: a type and a length before each PNG, and before the whole file. */
function icns(imageOf: ReadonlyMap<number, Buffer>): Buffer {
  const block = (type: string, content: Buffer): Buffer => {
    const head = Buffer.alloc(8)
    head.write(type, 0, 'latin1')
    head.writeUInt32BE(content.length + 8, 4)
    return Buffer.concat([head, content])
  }
  return block('icns', Buffer.concat(icnsTypes.map(([type, size]) => block(type, imageOf.get(size)!))))
}

const browser = await chromium.launch({ executablePath: process.env.LAUREL_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const plain = new Map<number, Buffer>()
const padded = new Map<number, Buffer>()
for (const size of sizes) {
  plain.set(size, await drawn(browser, size, 1))
  padded.set(size, await drawn(browser, size, macShare))
}
await browser.close()
const place = (name: string): string => join(import.meta.dirname, name)
for (const size of [16, 32, 48, 64, 128, 256, 512]) writeFileSync(place(`${size}x${size}.png`), plain.get(size)!)
writeFileSync(place('icon.ico'), ico([16, 24, 32, 48, 64, 128, 256].map((size) => [size, plain.get(size)!])))
writeFileSync(place('icon.icns'), icns(padded))
