import type { KeyVault } from '../app/engines/engine-keys.ts'

/** Electron's `safeStorage`, as far as it is used. */
interface SafeStorage {
  isEncryptionAvailable(): boolean
  getSelectedStorageBackend?(): string
  encryptString(text: string): Buffer
  decryptString(sealed: Buffer): string
}

/**
 * Keys sealed by the operating system: Keychain on macOS, DPAPI on Windows, and the desktop's keyring on Linux. Without a keyring, Electron on
 * Linux would encrypt with a password that everyone knows; that counts as not available.
 */
export const keyVault = (storage: SafeStorage, platform: NodeJS.Platform = process.platform): KeyVault => ({
  isAvailable: () =>
    storage.isEncryptionAvailable() &&
    !(platform === 'linux' && ['basic_text', 'unknown'].includes(storage.getSelectedStorageBackend?.() ?? '')),
  seal: (text) => storage.encryptString(text).toString('base64'),
  unseal: (sealed) => storage.decryptString(Buffer.from(sealed, 'base64')),
})
