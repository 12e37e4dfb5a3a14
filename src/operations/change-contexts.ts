import type { Contexts } from '../schema/contexts.ts'
import { writeFileAtomic } from '../core/atomic-file.ts'
import { readableJson } from '../core/canonical-json.ts'
import { withLock } from '../core/locks.ts'
import { readContexts } from './contexts.ts'
import type { Session } from './session.ts'

/** Changes the contexts while holding their lock. */
export async function changeContexts(
  session: Session,
  seconds: number | undefined,
  edit: (before: Contexts) => Contexts,
): Promise<Contexts> {
  const settings = await session.config()
  const { contexts: file } = session.home(settings)
  const options = {
    subject: 'your contexts',
    timeout: session.lockTimeout(settings, seconds),
    emit: session.emit,
  }
  return await withLock(file, options, () => {
    const after = edit(readContexts(file))
    writeFileAtomic(file, readableJson(after), { mode: 0o600 })
    return Promise.resolve(after)
  })
}
