import os from 'node:os'

/** Returns the name of the account that this process runs as, or its number if it has none, as in many containers. */
export function accountName(): string {
  try {
    return os.userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
