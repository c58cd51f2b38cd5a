/** Bytes of bodies, since they were last taken. */
interface Traffic {
  sentBytes: number
  receivedBytes: number
}

/** What a request needs. Everything else that the client adds says something about this machine, or comes from variables meant for OpenAI. */
const sentHeaders = ['accept', 'authorization', 'content-type']

/** `fetch` with these headers alone, that counts what passes. */
export function countingFetch(traffic: Traffic, isWithoutKey: boolean): typeof fetch {
  return async (input, init) => {
    const all = new Headers(init?.headers)
    const headers = new Headers({ 'user-agent': 'laurel' })
    for (const name of sentHeaders) {
      const value = all.get(name)
      if (value !== null && !(name === 'authorization' && isWithoutKey)) headers.set(name, value)
    }
    const { body } = init ?? {}
    if (typeof body === 'string') traffic.sentBytes += Buffer.byteLength(body)
    const answer = await fetch(input, { ...init, headers, redirect: 'manual' }) // a redirect could lead the key elsewhere
    if (answer.body === null) return answer
    const counted = answer.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          traffic.receivedBytes += chunk.byteLength
          controller.enqueue(chunk)
        },
      }),
    )
    return new Response(counted, answer)
  }
}
