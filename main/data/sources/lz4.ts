/**
 * LZ4, which Arrow's tools use by default and Parquet's can. Node.js has none. Formats: lz4_Block_format.md and lz4_Frame_format.md of
 * github.com/lz4/lz4. Lengths are checked, checksums aren't.
 */

const damaged = (): RangeError => new RangeError('its LZ4 data is damaged')

/** The content of a block of known length. Throws RangeError if it is damaged. */
export function lz4Block(block: Uint8Array, length: number): Uint8Array {
  const content = new Uint8Array(length)
  if (unpackBlock(block, content, 0) !== length) throw damaged()
  return content
}

/** A page of Parquet's earlier LZ4 codec: blocks with their lengths before them, as Hadoop writes them, or a bare block. */
export function hadoopLz4(page: Uint8Array, length: number): Uint8Array {
  const content = new Uint8Array(length)
  const view = viewOf(page)
  let [at, end] = [0, 0]
  while (at + 8 <= page.length && end < length) {
    const size = view.getUint32(at + 4)
    if (size > page.length - at - 8 || view.getUint32(at) > length - end) return lz4Block(page, length)
    end = unpackBlock(page.subarray(at + 8, at + 8 + size), content, end)
    at += 8 + size
  }
  return end === length && at === page.length ? content : lz4Block(page, length)
}

const frameStart = 0x184d2204

/** The content of a frame. Throws RangeError if it is damaged. */
export function lz4Frame(frame: Uint8Array): Uint8Array {
  const view = viewOf(frame)
  if (view.getUint32(0, true) !== frameStart) throw damaged()
  const flags = view.getUint8(4)
  const [hasBlockSums, hasLength, hasDictionary] = [0x10, 0x08, 0x01].map((bit) => (flags & bit) !== 0)
  const largest = 1 << (8 + 2 * ((view.getUint8(5) >> 4) & 7))
  let at = 7 + (hasLength ? 8 : 0) + (hasDictionary ? 4 : 0)
  let content = new Uint8Array(4 * frame.length)
  let end = 0
  for (;;) {
    const word = view.getUint32(at, true)
    if (word === 0) return content.subarray(0, end)
    const [isPlain, size] = [word >>> 31 === 1, word & 0x7fffffff]
    at += 4
    if (size > frame.length - at) throw damaged()
    if (content.length < end + largest) content = enlarged(content, end + largest)
    const block = frame.subarray(at, at + size)
    if (isPlain) content.set(block, end)
    end = isPlain ? end + size : unpackBlock(block, content, end)
    at += size + (hasBlockSums ? 4 : 0)
  }
}

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView => new DataView(buffer, byteOffset, length)

function enlarged(bytes: Uint8Array, atLeast: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(atLeast, 2 * bytes.length))
  larger.set(bytes)
  return larger
}

/** Unpacks a block to `content` from `start`, whose earlier bytes it may repeat. Returns where it ends. */
function unpackBlock(block: Uint8Array, content: Uint8Array, start: number): number {
  let at = 0
  let end = start
  while (at < block.length) {
    const token = block[at++]
    const literals = lengthOf(token >> 4)
    if (literals > block.length - at || literals > content.length - end) throw damaged()
    content.set(block.subarray(at, at + literals), end)
    at += literals
    end += literals
    if (at === block.length) break // the last sequence has nothing to repeat
    if (at + 2 > block.length) throw damaged()
    const distance = block[at] | (block[at + 1] << 8)
    at += 2
    const repeated = 4 + lengthOf(token & 15)
    if (distance === 0 || distance > end || repeated > content.length - end) throw damaged()
    for (const until = end + repeated; end < until; end++) content[end] = content[end - distance] // may overlap
  }
  return end

  function lengthOf(nibble: number): number {
    let length = nibble
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; length += byte) {
      if (at === block.length) throw damaged()
      byte = block[at++]
    }
    return length
  }
}
