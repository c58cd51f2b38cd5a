import { client } from '../../api/client.ts'

/** How much of a file is sent at once. */
const pieceBytes = 1024 * 1024

/** How often a piece is tried again while the connection is away, and how long to wait in between, milliseconds. */
const tries = { count: 20, wait: 500 }

/**
 * Sends a file of the window's own machine, piece by piece; gives the id under which it lies there. A piece that may or may not have
 * arrived is sent again. Throws what the application says, or that the connection stayed away.
 */
export async function sendFile(file: File, onProgress: (sent: number) => void, signal: AbortSignal): Promise<string> {
  const { id } = await client.data.upload.begin({ name: file.name, bytes: file.size })
  try {
    for (let at = 0; at < file.size; ) {
      signal.throwIfAborted()
      const content = await base64(file.slice(at, at + pieceBytes))
      at = await sendPiece(id, at, content, signal)
      onProgress(at)
    }
    return id
  } catch (thrown) {
    void client.data.upload.drop({ id }).catch(() => {}) // it is forgotten there after an hour anyway
    throw thrown
  }
}

async function sendPiece(id: string, at: number, content: string, signal: AbortSignal): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await client.data.upload.piece({ id, at, content })).received
    } catch (thrown) {
      const isAnswer = typeof thrown === 'object' && thrown !== null && 'defined' in thrown && thrown.defined === true
      if (isAnswer || attempt === tries.count || signal.aborted) throw thrown
      await new Promise((resolve) => setTimeout(resolve, tries.wait))
    }
  }
}

const base64 = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '')
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(blob)
  })
