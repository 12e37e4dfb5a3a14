import net from 'node:net'
import { request } from 'undici'
import type { NetworkSettings } from '../../schema/config.ts'
import { RPCS } from '../../schema/colony/rpcs.ts'
import type { Settings } from '../../core/config.ts'
import { CpmError } from '../../core/errors.ts'
import { openConnections } from '../../registry-client/agent.ts'
import { networkError } from '../../registry-client/network-error.ts'
import { parseRegistryUrl } from '../../registry-client/registry-url.ts'
import { defaultRegistry } from '../registries/registry-choice.ts'
import { withRegistries } from '../registries/registries.ts'
import { findColony } from '../runs/colony-choice.ts'
import { openColony } from '../runs/colony.ts'
import type { Session } from '../session.ts'
import { checked, failed, type Finding, ok, skipped, warning } from './finding.ts'

/** How long to wait for somebody, in milliseconds. */
const PATIENCE = 10_000
const SLOW = 2000
/** Signatures and tokens of a colony or registry may count on clocks that differ less than this. */
const MOST_SKEW = 60_000

/** Checks that the proxies can be reached, and that NO_PROXY is something cpm reads. */
export async function checkProxies({ env }: Session, network: NetworkSettings): Promise<Finding[]> {
  const given = [
    ['network.httpProxy', network.httpProxy],
    ['network.httpsProxy', network.httpsProxy],
    ...['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].map((name) => [name, env.get(name)] as const),
  ] as const
  const set = given.flatMap(([where, text]) => (text === undefined ? [] : [{ where, text }]))
  if (set.length === 0) return [ok('proxies', 'none')]
  const unique = [...new Map(set.map((proxy) => [proxy.text, proxy])).values()]
  const findings = await Promise.all(unique.map(async ({ where, text }) => await reachProxy(where, text)))
  return [...findings, ...oddExceptions(network.noProxy ?? env.get('no_proxy') ?? env.get('NO_PROXY') ?? '')]
}

/** No message repeats the address, which may contain a password; only its host. */
async function reachProxy(where: string, text: string): Promise<Finding> {
  const address = text.includes('://') ? text : `http://${text}`
  if (!URL.canParse(address)) return failed('proxies', `${where} is not a URL`, `set ${where} to http://host:port`)
  const { hostname, port, protocol } = new URL(address)
  const number = Number(port || (protocol === 'https:' ? 443 : 80))
  const reason = await connectionProblem(hostname.replace(/^\[|\]$/g, ''), number)
  const name = `${hostname}:${number}`
  return reason === undefined
    ? ok('proxies', `${name} (${where})`)
    : failed('proxies', `the proxy ${name} in ${where} can't be reached (${reason})`, `correct or unset ${where}`)
}

async function connectionProblem(host: string, port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: PATIENCE / 2 })
    const end = (reason: string | undefined) => {
      socket.destroy()
      resolve(reason)
    }
    socket.once('connect', () => {
      end(undefined)
    })
    socket.once('timeout', () => {
      end('no answer')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code ?? 'failed')
    })
  })
}

function oddExceptions(noProxy: string): Finding[] {
  const odd = noProxy.split(/[,\s]+/).filter((entry) => /:\/\/|\/\d+$/.test(entry))
  if (odd.length === 0) return []
  return [warning('proxies', 'NO_PROXY has a URL or a range of addresses, which cpm does not read', 'list host names in NO_PROXY, separated by commas')] // prettier-ignore
}

/** Checks that the default registry answers, how fast, and whether its clock agrees with ours. */
export async function checkRegistry(session: Session, settings: Settings, flags: RegistryFlags): Promise<Finding[]> {
  const { env, cwd } = session
  const embedded = session.home(settings).registry
  const { place, kind } = defaultRegistry({ settings, flag: flags.registry, env, cwd, embedded })
  if (kind !== 'http') {
    const found = await withRegistries(session, flags, (registries) => registries.findAll([]))
    const clock = skipped('clock', 'no server to compare it with')
    return [ok('registry', found ? place : 'none yet; cpm publish creates one on this machine'), clock]
  }
  if (flags.offline) return [skipped('registry', 'offline'), skipped('clock', 'offline')]
  const url = parseRegistryUrl(place)
  const answered = await askOnce(session, settings.network ?? {}, url)
  const time = answered.milliseconds > SLOW ? `${(answered.milliseconds / 1000).toFixed(1)} s` : undefined
  const usable = await checked('registry', async () => {
    const patient = { ...session, config: async () => Promise.resolve(withoutRetries(settings)) }
    await withRegistries(patient, flags, (registries) => registries.default())
    return time === undefined
      ? [ok('registry', `${url.href} answers in ${answered.milliseconds} ms`)]
      : [warning('registry', `${url.href} took ${time} to answer`, 'check the network between you and the registry')]
  })
  return [...usable, clockFinding(answered, session.now())]
}

interface RegistryFlags {
  readonly registry?: string | undefined
  readonly offline: boolean
}

function withoutRetries(settings: Settings): Settings {
  return { ...settings, network: { ...settings.network, retries: 0 } }
}

interface Answered {
  readonly milliseconds: number
  /** the time in its response */
  readonly date: Date | undefined
}

/** Asks the registry for its description. @throws CpmError REGISTRY_UNREACHABLE */
async function askOnce({ env, signal }: Session, network: NetworkSettings, base: URL): Promise<Answered> {
  const connections = openConnections(network, env, PATIENCE)
  const url = new URL('config.json', base)
  const before = performance.now()
  try {
    const { headers, body } = await request(url, {
      dispatcher: connections.for(url),
      headersTimeout: PATIENCE,
      bodyTimeout: PATIENCE,
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    })
    await body.dump({ limit: 64 * 1024 })
    const date = typeof headers.date === 'string' ? new Date(headers.date) : undefined
    return { milliseconds: Math.round(performance.now() - before), date }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof CpmError) throw error
    throw networkError(error, url, (text) => text).error
  } finally {
    await connections.destroy(new Error('asked'))
  }
}

function clockFinding({ date }: Answered, now: Date): Finding {
  if (!date || Number.isNaN(date.getTime())) return skipped('clock', "the registry doesn't tell the time")
  const skew = now.getTime() - date.getTime()
  const seconds = Math.round(Math.abs(skew) / 1000)
  if (Math.abs(skew) <= MOST_SKEW) return ok('clock', "agrees with the registry's")
  const way = skew > 0 ? 'ahead of' : 'behind'
  return failed('clock', `your clock is ${seconds} s ${way} the registry's`, 'set the clock, for example: timedatectl set-ntp true') // prettier-ignore
}

/** Checks that the colony in use answers, and knows the key. */
export async function checkColony(session: Session, settings: Settings, offline: boolean): Promise<Finding[]> {
  const { env } = session
  const choice = findColony({ file: session.home(settings).contexts, env })
  if (!choice) return [skipped('colony', 'none is selected (cpm context add)')]
  // The key is read even offline: it may be missing, or readable by others.
  choice.key()
  if (offline) return [skipped('colony', 'offline')]
  const patient = { ...settings, colony: { ...settings.colony, timeout: PATIENCE / 1000 } }
  const { client } = await openColony({ ...session, config: async () => Promise.resolve(patient) })
  const before = performance.now()
  await client.call(RPCS.getColony, { colonyname: client.colony })
  const time = Math.round(performance.now() - before)
  return [ok('colony', `${client.colony} answers in ${time} ms, and knows your key (${choice.from})`)]
}
