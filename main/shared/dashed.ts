/** A name in lowercase letters and digits, with a hyphen for anything else: for files and folders. */
export const dashed = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
