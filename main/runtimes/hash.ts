import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const chunkBytes = 4 << 20

/** SHA-256 of a file of any size, in hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path)
  const chunk = Buffer.allocUnsafe(chunkBytes)
  try {
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
