/** The innermost reason of a failed request: fetch says only "fetch failed". */
export function causeOf(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  return inner instanceof Error ? inner.message.replace(nodesHint, '') || inner.name : String(inner)
}

/** About certificates of the operating system, which Laurel trusts already (`prepareNetwork`). */
const nodesHint = /; if the root CA is installed locally.*$/

/** Codes of certificates that aren't valid now, that are for another name, and that no known authority signed (OpenSSL's, and Node's for the name). */
const [notNow, otherName, untrusted] = [
  /^(?:CERT|CRL)_(?:NOT_YET_VALID|HAS_EXPIRED)$/,
  /^(?:ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
  /^(?:CERT|CRL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)|INVALID_(?:CA|PURPOSE)|PATH_LENGTH)(?:_|$)/,
]

/** What to do about a server whose certificate was refused, which doesn't pass by itself; null: the request failed for another reason. */
export function certificateRemedy(error: unknown): string | null {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    const code = 'code' in inner ? String(inner.code) : ''
    if (notNow.test(code)) return "Renew the server's certificate, or set this machine's clock."
    if (otherName.test(code)) return 'Use an address with a name that the certificate is for.'
    if (untrusted.test(code))
      return "Add the certificate of its authority to the operating system's, and restart Laurel; or name its file in NODE_EXTRA_CA_CERTS (not in the desktop application)."
  }
  return null
}

/** The pause that a server asks for (Retry-After: seconds or a date), in milliseconds; null: it asks for none. */
export function askedPauseMs(headers: Pick<Headers, 'get'> | undefined): number | null {
  const asked = headers?.get('retry-after') ?? null
  if (asked === null) return null
  const seconds = /^[\d.]+$/.test(asked.trim()) ? Number(asked) : (Date.parse(asked) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(0, 1000 * seconds) : null
}
