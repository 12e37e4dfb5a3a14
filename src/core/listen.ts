import { once } from 'node:events'
import net from 'node:net'
import { CpmError, systemCode } from './errors.ts'

interface Address {
  readonly host: string
  readonly port: number
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'cpm serve --port 0',
  EACCES: 'cpm serve --port 7878',
  EADDRNOTAVAIL: 'pass an address of this machine to --host, or 0.0.0.0 for all addresses',
  ENOTFOUND: 'pass an address of this machine to --host, or 0.0.0.0 for all addresses',
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use by another program (EADDRINUSE)',
  EACCES: 'permission denied (EACCES)',
  EADDRNOTAVAIL: 'this machine does not have that address (EADDRNOTAVAIL)',
  ENOTFOUND: 'host not found (ENOTFOUND)',
  EMFILE: 'too many open files (EMFILE)',
}

/** Returns the error for an address that a server can't listen on; other errors unchanged. */
export function listenError(error: unknown, { host, port }: Address): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  return new CpmError('USAGE', `can't listen on ${host} port ${port}: ${REASONS[code] ?? code}`, {
    hint: HINTS[code] ?? 'cpm serve --help',
    cause: error,
  })
}

/** Checks that a server can listen on an address, before anything is created for it. @throws CpmError USAGE */
export async function requireAddress(address: Address): Promise<void> {
  const server = net.createServer()
  try {
    await once(server.listen({ ...address }), 'listening')
  } catch (error) {
    throw listenError(error, address)
  }
  server.close()
  await once(server, 'close')
}
