import type { PluginDeclaration } from '../../schema/plugin.ts'
import type { ApprovedPlugin, PluginSource } from '../../schema/plugin-state.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { CpmError } from '../../core/errors.ts'
import type { Home } from '../../core/home.ts'
import { withLock } from '../../core/locks.ts'
import { oneLine } from '../../core/printable.ts'
import { describePermissions } from '../../plugins/describe-permissions.ts'
import type { PluginFiles } from '../../plugins/plugin-files.ts'
import { readPluginState, writePluginState } from '../../plugins/plugin-state.ts'
import type { Session } from '../session.ts'

/** A plugin whose use the user is asked about. */
export interface Candidate {
  readonly declaration: PluginDeclaration
  readonly source: PluginSource
  readonly files: Pick<PluginFiles, 'digest'>
}

/** Returns whether an approval covers exactly this plugin: its origin, name, version, files and permissions. */
export function isCovered({ declaration, source, files }: Candidate, approved: ApprovedPlugin | undefined): boolean {
  return (
    approved?.digest === files.digest &&
    canonicalJson(approved.source) === canonicalJson(source) &&
    canonicalJson(approved.declaration) === canonicalJson(declaration)
  )
}

/**
 * Asks the user whether a plugin may run.
 * @param yes the user has answered already
 * @throws CpmError PLUGIN_NOT_APPROVED
 */
export async function requireApproval(
  session: Session,
  candidate: Candidate,
  { before, yes, again }: { before: ApprovedPlugin | undefined; yes: boolean; again: string },
): Promise<void> {
  if (yes) return
  const { name, version, description } = candidate.declaration
  const facts = describePermissions(candidate.declaration)
  const known = before ? describePermissions(before.declaration) : []
  const lines = facts.map((line) => `  ${before && !known.includes(line) ? '+ ' : ''}${line}`)
  const title = `${name} ${version}${description === '' ? '' : `: ${oneLine(description)}`}`
  const was = before ? [`  changed since you approved ${before.declaration.version}`] : []
  const answer = await session.prompts?.askLine({
    above: [title, ...was, ...lines],
    text: 'Approve this plugin? [y/N] ',
    read: (typed) => ({ value: /^y(?:es)?$/i.test(typed) }),
  })
  if (answer === true) return
  throw new CpmError('PLUGIN_NOT_APPROVED', [`the plugin ${name} ${version} is not approved:`, ...lines].join('\n'), {
    hint: `to approve it: ${again}`,
    details: { name, version, facts },
  })
}

/** Records an approval. A new plugin runs after the others. */
export async function recordApproval(
  session: Session,
  home: Home,
  { declaration, source, files }: Candidate,
): Promise<void> {
  await changeState(session, home, (plugins) => {
    const approved: ApprovedPlugin = {
      source,
      digest: files.digest,
      declaration,
      approvedAt: session.now().toISOString(),
    }
    const isSame = (other: ApprovedPlugin) => other.declaration.name === declaration.name
    return plugins.some(isSame) ? plugins.map((other) => (isSame(other) ? approved : other)) : [...plugins, approved]
  })
}

/** Withdraws an approval. */
export async function forgetApproval(session: Session, home: Home, name: string): Promise<void> {
  await changeState(session, home, (plugins) => plugins.filter(({ declaration }) => declaration.name !== name))
}

async function changeState(
  session: Session,
  { pluginState }: Home,
  change: (plugins: readonly ApprovedPlugin[]) => readonly ApprovedPlugin[],
): Promise<void> {
  const timeout = session.lockTimeout(await session.config(), undefined)
  await withLock(pluginState, { subject: 'your plugins', timeout, emit: session.emit }, () => {
    writePluginState(pluginState, change(readPluginState(pluginState)))
    return Promise.resolve()
  })
}
