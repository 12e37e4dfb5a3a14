import type { CpmEvent, Emit } from '../../schema/events.ts'
import { oneLine, plainLines, printable } from '../../core/printable.ts'
import { bytes, count } from '../../core/amounts.ts'
import { frameOfWarning } from './code-frame.ts'
import { NodeLines } from './node-lines.ts'
import type { Style } from './style.ts'

export type Verbosity = 'quiet' | 'warnings' | 'normal'

/** Shows events while a command works. */
export interface Reporter {
  readonly emit: Emit
  /** Leaves the terminal to a prompt until it is answered. */
  aside<T>(work: () => Promise<T>): Promise<T>
  /** Ends what is drawn, before the result or an error is printed. */
  end(): Promise<void>
}

/** A reporter that writes lines, which don't change. */
export function lineReporter(emit: Emit): Reporter {
  return { emit, aside: (work) => work(), end: () => Promise.resolve() }
}

/** Prints events as plain lines. Of a long series, prints about ten. */
export function createReporter(write: (line: string) => void, style: Style, verbosity: Verbosity): Emit {
  const describe = describer(style, verbosity)
  return (event) => {
    const line = describe(event)
    if (line !== undefined) write(line)
  }
}

/** Writes each event as a line of JSON, for `--events`. */
export function createEventWriter(write: (line: string) => void): Emit {
  return (event) => {
    write(printable(JSON.stringify({ schemaVersion: 1, ...event })))
  }
}

/** Returns a function that describes events in lines of text; undefined for those that are not shown. */
export function describer(style: Style, verbosity: Verbosity): (event: CpmEvent) => string | undefined {
  const nodes = new NodeLines(style)
  return (event) => {
    // A token is shown only once, so --quiet must not hide it.
    if (verbosity === 'quiet' && event.type !== 'token-created') return undefined
    if (verbosity === 'warnings' && !NOTICES.has(event.type)) return undefined
    const flat = flattened(event)
    return nodes.describe(flat) ?? describe(flat, style)
  }
}

const NOTICES: ReadonlySet<CpmEvent['type']> = new Set([
  'warning',
  'recovered',
  'lock-waiting',
  'key-created',
  'token-created',
  'listening',
  'request-failed',
])

/** Puts each string of an event on one line, so that text from a registry or a manifest can't imitate another event. */
function flattened(event: CpmEvent): CpmEvent {
  const fields = Object.entries(event).map(([key, value]: [string, unknown]) => [
    key,
    // A program's output arrives line by line, and keeps its indentation.
    typeof value !== 'string'
      ? value
      : (event.type === 'node-log' || event.type === 'plugin-log') && key === 'text'
        ? plainLines(value).join(' ')
        : oneLine(value),
  ])
  // Keys and types are unchanged.
  return Object.fromEntries(fields) as CpmEvent
}

function describe(event: CpmEvent, style: Style): string | undefined {
  switch (event.type) {
    case 'warning':
      return `${style('yellow', 'warning:')} ${[event.message, ...frameOfWarning(event.place)].join('\n')}${event.hint === undefined ? '' : `\n  ${style('dim', 'hint:')} ${event.hint}`}`
    case 'recovered':
      return event.outcome === 'finished'
        ? `finished an interrupted operation in ${event.subject}`
        : `cleaned up after an interrupted operation in ${event.subject}`
    case 'lock-waiting':
      return `waiting for ${event.subject}, which is locked by ${event.holder}`
    case 'key-created':
      return `created the signing key ${event.keyId}\n  saved in ${event.file} (back it up: only its holder can publish new versions)`
    case 'registry-created':
      return `created a registry in ${event.folder}`
    case 'packed':
      return `packed ${event.name}@${event.version}: ${count(event.files, 'file')}, ${bytes(event.size)}, ${bytes(event.archiveSize)} packed`
    case 'tested':
      return `tested ${event.name}@${event.version}: ${count(event.tests, 'test')} passed`
    case 'fetching':
      return `fetching ${event.name}@${event.version} from ${event.place}`
    case 'resolving':
      return `resolving ${count(event.names, 'requirement')}`
    case 'resolved':
      return `resolved ${count(event.packages, 'package')}`
    case 'omitted':
      return `skipped the optional ${event.name}: ${event.reason}`
    case 'unpacked':
      return seldom(event.done, event.total) ? `unpacked ${event.done} of ${event.total}` : undefined
    case 'uploaded':
      return seldom(event.done, event.total)
        ? `uploaded ${event.done} of ${count(event.total, 'file')} of ${event.name}@${event.version}`
        : undefined
    case 'repaired':
      return `repaired ${event.name}@${event.version}`
    case 'node-log':
      return `${style('dim', `${event.node} |`)} ${event.text}`
    case 'plugin-log':
      return `${style('dim', `${event.plugin} |`)} ${event.text}`
    case 'listening':
      return `serving ${event.name} at ${event.url}`
    case 'token-created':
      return `created a token with full access until ${event.expiresAt.slice(0, 10)}; it is not shown again:\n  ${event.token}`
    case 'draining':
      return 'finishing requests in progress'
    case 'request-failed':
      return `${style('red', `error[${event.code}]:`)} request ${event.request} (${event.route}): ${event.message}`
    case 'published':
    case 'unchanged':
    case 'proved':
      // The result shows these.
      return undefined
    case 'downloading':
      // Lines about unpacked packages show the same.
      return undefined
    case 'run-started':
    case 'node-started':
    case 'node-finished':
      // NodeLines shows the nodes that are worth a line.
      return undefined
    default:
      return event satisfies never
  }
}

function seldom(done: number, total: number): boolean {
  const step = Math.max(1, Math.ceil(total / 10))
  return done === total || done % step === 0
}
