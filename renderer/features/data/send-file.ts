import { client } from '../../api/client.ts'

/** The size of an uploaded piece, bytes. */
const pieceBytes = 1024 * 1024

/** Attempts per piece while the connection is down, and the pause between them, milliseconds. */
const tries = { count: 20, wait: 500 }

/**
 * Uploads a file from the window's machine in pieces and returns its upload id. Resends a piece that may not have arrived. Throws the
 * application's error, or a connection error if the connection stays down.
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
    void client.data.upload.drop({ id }).catch(() => {}) // the server drops it after an hour anyway
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
