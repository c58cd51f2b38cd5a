import http from 'node:http'
import tls from 'node:tls'
import { badInput } from '../shared/errors.ts'

let isPrepared = false

/**
 * Has this thread's requests go through the proxy that the environment names (HTTPS_PROXY, NO_PROXY), and trust the operating system's
 * certificates besides Node's own. To be called before a request. Throws BAD_INPUT if the proxy's address is none.
 */
export function prepareNetwork(): void {
  if (isPrepared) return
  honorProxies()
  trustSystem()
  isPrepared = true
}

/** Since Node 24.14; older versions do so with NODE_USE_ENV_PROXY=1. */
function honorProxies(): void {
  if (!('setGlobalProxyFromEnv' in http)) return
  try {
    http.setGlobalProxyFromEnv()
  } catch {
    const remedy = 'Set HTTPS_PROXY and HTTP_PROXY to addresses that start with http:// or https://, or remove them.'
    throw badInput("The proxy that the environment names isn't an address.", remedy) // never its text, which may have a password
  }
}

/** Since Node 22.19 and 24.5; older versions do so with NODE_EXTRA_CA_CERTS, which Electron ignores. */
function trustSystem(): void {
  if (!('setDefaultCACertificates' in tls)) return
  const own = tls.getCACertificates('default')
  if (own.length === 0) return // with --use-openssl-ca, OpenSSL reads the system's itself
  try {
    tls.setDefaultCACertificates([...own, ...tls.getCACertificates('system')])
  } catch {
    // what the system has can't be read: Node's own remain
  }
}
