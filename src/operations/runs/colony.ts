import { openConnections } from '../../registry-client/agent.ts'
import { ColonyClient } from '../../engines/colonyos/client.ts'
import { identityOf } from '../../engines/colonyos/identity.ts'
import { requireSecure, serverUrl } from '../../engines/colonyos/server-address.ts'
import { type ColonyChoice, requireColony } from './colony-choice.ts'
import type { Session } from '../session.ts'

interface ColonyFlags {
  context?: string | undefined
}

export interface OpenColony {
  readonly client: ColonyClient
  readonly choice: ColonyChoice
}

const DEFAULT_TIMEOUT = 30

/**
 * Opens the selected colony. Its connections end with the command.
 * @throws CpmError COLONY_NOT_CHOSEN, COLONY_KEY_INVALID or CREDENTIALS_UNSAFE, before anything is sent
 */
export async function openColony(session: Session, flags: ColonyFlags = {}): Promise<OpenColony> {
  const settings = await session.config()
  const choice = requireColony({ file: session.home(settings).contexts, flag: flags.context, env: session.env })
  const url = serverUrl(choice.server)
  const { insecureHosts = [], timeout = settings.network?.timeout ?? DEFAULT_TIMEOUT } = settings.colony ?? {}
  requireSecure(url, { insecure: insecureHosts.includes(url.hostname) })
  const key = choice.key()
  const identity = identityOf(key.text, key.where)
  const connections = openConnections(settings.network ?? {}, session.env, 1000 * timeout)
  session.atEnd(() => connections.destroy(new Error('the command has ended')))
  const wire = { url, dispatcher: connections.for(url), timeout: 1000 * timeout, signal: session.signal }
  return { client: new ColonyClient({ wire, colony: choice.colony, identity }), choice }
}
