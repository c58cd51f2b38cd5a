import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Engine } from '../../../../main/engine/hosts/engine.ts'
import type { GenerateItem, GeneratePiece } from '../../../../main/shared/engine-protocol.ts'
import { toErrorValue } from '../../../../main/shared/errors.ts'
import { generate, opened, rows, sampling } from '../../../support/opened-server.ts'
import { type Fault, standInServer } from '../../../support/stand-in-server.ts'

describe('a server that fails', () => {
  it.each([
    ['answers 429', { status: 429 }],
    ['answers 500', { status: 500 }],
    ['answers 503', { status: 503 }],
    ['closes the connection', 'close'],
    ['cuts its answer off', 'cut'],
    ['answers with a page', 'html'],
    ['answers with damaged JSON', 'not-json'],
    ['answers with JSON of another form', 'wrong-form'],
    ['never answers', 'silence'],
    ['stalls after the headers', 'stall'],
    ['stalls in the middle of its answer', 'stall-midway'],
  ] as const)('and %s for a while is asked again, after longer and longer pauses', async (_, fault) => {
    const { engine, server, pauses } = await opened({ fault: (n) => (n < 3 ? fault : undefined) })
    expect(await generate(engine, 1)).toHaveLength(1)
    expect(server.seen).toHaveLength(4)
    expect(pauses).toEqual([500, 1000, 2000])
  })

  it('gets the pause that it asks for, from every request', async () => {
    const { engine, pauses, server } = await opened(
      { fault: (n) => (n === 0 ? { status: 429, headers: { 'retry-after': '20' } } : undefined) },
      { concurrency: 1 },
    )
    await generate(engine, 2)
    expect(server.seen).toHaveLength(3)
    expect(pauses[0]).toBe(20_000)
    expect(pauses.slice(1).every((ms) => ms > 19_000)).toBe(true) // the pause of this test doesn't wait, so all later requests still see it
  })

  it('in a storm of 429 ends the work with what it takes to continue, once the attempts are used up', async () => {
    const { engine, server } = await opened({ fault: () => ({ status: 429 }) }, { retries: 4 })
    await expect(generate(engine, 1)).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringMatching(/^Couldn't get an answer from engine big \(http.*\) after 5 attempts: 429 injected$/),
      remedy: expect.stringContaining('what it has answered is stored'),
    })
    expect(server.seen).toHaveLength(5)
  })

  it.each(['silence', 'stall', 'stall-midway'] as const)('and stalls (%s) every time ends the work with what to do', async (fault) => {
    const { engine, limits } = await opened({ fault: () => fault }, { retries: 1, timeout: 7 })
    await expect(generate(engine, 1)).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringMatching(/after 2 attempts: no answer within 7 s$/),
      remedy: expect.stringMatching(/give it more time \(laurel engine edit \S+ --timeout 300\), send it fewer requests at a time/),
    })
    expect(limits).toEqual([7, 7])
    const patient = await opened({ fault: () => fault }, { retries: 0 })
    await expect(generate(patient.engine, 1)).rejects.toMatchObject({ remedy: expect.not.stringContaining('--timeout') })
  })

  it('and has no such model says so, and isn’t asked again', async () => {
    const { engine, server } = await opened({ fault: () => ({ status: 404, error: { message: 'The model big-model does not exist' } }) })
    await expect(generate(engine, 1)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('has no model big-model'),
    })
    expect(server.seen).toHaveLength(1)
  })

  it('and answers with another model than before ends the work: rewards of two judges can’t be compared', async () => {
    let model = 'big-model'
    const { engine } = await opened({ model: () => model })
    await generate(engine, 1)
    model = 'cheap-model'
    await expect(generate(engine, 1)).rejects.toMatchObject({
      message: 'Engine big answers with the model cheap-model, but it was big-model before.',
    })
  })

  it.each([301, 302, 303, 307, 308])('and redirects (%i) sends neither texts nor the key elsewhere, and says where to', async (status) => {
    const elsewhere = await standInServer()
    onTestFinished(() => elsewhere.close())
    const { engine, server } = await opened(
      { fault: () => ({ status, headers: { location: `${elsewhere.address}/chat/completions` } }) },
      {},
      { key: 'sk-very-secret-0123456789' },
    )
    const isNamed = {
      ...{ code: 'BAD_INPUT', message: expect.stringContaining(`redirects to ${elsewhere.address}/chat/completions`) },
      remedy: expect.stringContaining('laurel engine edit big --address'),
    }
    await expect(generate(engine, 1)).rejects.toMatchObject(isNamed)
    await expect(
      Array.fromAsync(engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece: () => {} })),
    ).rejects.toMatchObject(isNamed)
    expect([server.seen.length, elsewhere.seen.length]).toEqual([2, 0])
  })

  it('and refuses the key never has the key in its error', async () => {
    const key = 'sk-very-secret-0123456789'
    const { engine } = await opened({ key: 'another' }, {}, { key })
    const error = await generate(engine, 1).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'BAD_INPUT', remedy: expect.stringContaining('laurel engine key big') })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error as object))).not.toContain(key)
    expect(String((error as Error).stack)).not.toContain(key)
    expect(String(error)).toContain('[secret]')
  })

  it('never shows the key in an error that isn’t the server’s: a header that can’t be sent quotes it', async () => {
    const key = 'sk-very-secret\n0123456789'
    const { engine } = await opened({}, {}, { key })
    const error = await generate(engine, 1).catch((thrown: unknown) => thrown)
    const shown = JSON.stringify([toErrorValue(error), String((error as Error).stack), inspect(error)])
    expect(shown).toContain('invalid header value')
    expect(shown).not.toContain('sk-very-secret')
  })
})

describe('a streamed response', () => {
  const stream = async (engine: Engine): Promise<{ items: GenerateItem[]; shown: string }> => {
    let shown = ''
    const onPiece = ({ at, text }: GeneratePiece): void => {
      shown = shown.slice(0, at) + text
    }
    const items = await Array.fromAsync(engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece }))
    return { items, shown }
  }

  it.each<[string, Fault]>([
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ...(['silence', 'stall', 'stall-midway', 'close', 'interrupt', 'cut', 'html', 'not-json', 'wrong-form', 'error'] as const).map(
      (fault): [string, Fault] => [fault, fault],
    ),
  ])('that fails (%s) begins again, and replaces what was shown', async (_, fault) => {
    const { engine, server, usage, pauses } = await opened({ fault: (n) => (n < 2 ? fault : undefined) })
    const { items, shown } = await stream(engine)
    expect([items[0].text, shown]).toEqual(['one two three four five ', 'one two three four five '])
    expect(items[0]).toMatchObject({ newTokens: 5, finishReason: 'stop' })
    expect(server.seen).toHaveLength(3)
    expect(pauses).toEqual([500, 1000])
    expect(usage).toMatchObject([{ requests: 1, retries: 2, newTokens: 5 }])
  })

  it('is counted in pieces if the server doesn’t count its tokens', async () => {
    const { engine, usage } = await opened({ isUncounted: true })
    expect((await stream(engine)).items[0]).toMatchObject({ newTokens: 5, promptTokens: 0 })
    expect(usage).toMatchObject([{ requests: 1, promptTokens: 0, newTokens: 5 }])
  })

  it('has the time of a request until it begins, and from each piece to the next', async () => {
    const { engine, limits } = await opened({}, { timeout: 7 })
    await stream(engine)
    expect(limits.length).toBeGreaterThan(5) // five words
    expect(new Set(limits)).toEqual(new Set([7]))
  })

  it.each(['silence', 'stall', 'stall-midway'] as const)('that stalls (%s) every time ends with what to do', async (fault) => {
    const { engine } = await opened({ fault: () => fault }, { retries: 1, timeout: 7 })
    await expect(stream(engine)).rejects.toMatchObject({ code: 'NETWORK', message: expect.stringMatching(/no answer within 7 s$/) })
  })
})

describe('stopping work on a server', () => {
  it('begins no further request, keeps what those in flight bring, and then says that it stopped', async () => {
    const stop = new AbortController()
    const { engine, server } = await opened({}, { concurrency: 2 })
    const items: GenerateItem[] = []
    const work = async (): Promise<void> => {
      for await (const item of engine.generate({ model: 'x', rows: rows(20), sampling, batch: 64 }, { signal: stop.signal })) {
        items.push(item)
        stop.abort()
      }
    }
    await expect(work()).rejects.toMatchObject({ code: 'STOPPED' })
    expect(items.length).toBe(server.seen.length)
    expect(items.length).toBeLessThan(6)
  })
})
