import { EXIT } from '../schema/errors.ts'
import { processEnvironment, unsetEmptyVariables } from '../core/environment-variables.ts'
import { CpmError, fileError, systemCode } from '../core/errors.ts'
import { runCpm } from './shell/run-cpm.ts'
import { watchOutput } from './terminal/standard-output.ts'

/**
 * Runs cpm as a process, after `runShortcut` if that was tried. Only this file handles the process's arguments, signals and
 * exit status.
 */
export async function main(process: NodeJS.Process, { triedShortcut = false } = {}): Promise<void> {
  unsetEmptyVariables()
  watchOutput(process)
  // Whatever the umask, cpm must be able to read its own files, and strangers must not be able to change them.
  process.umask((process.umask(0o077) & 0o077) | 0o002)
  const interruption = listenForInterruption(process)
  const { stdin, stdout, stderr } = process
  const terminal = {
    stdin,
    stdout,
    stderr,
    env: processEnvironment,
    get cwd() {
      return workingFolder(process)
    },
  }
  try {
    process.exitCode = await runCpm(process.argv.slice(2), terminal, { signal: interruption.signal, triedShortcut })
  } finally {
    interruption.stop()
  }
}

/** @throws CpmError FILE_UNREADABLE if the folder was deleted or may not be read */
function workingFolder(process: NodeJS.Process): string {
  try {
    return process.cwd()
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fileError(error, 'read', 'the working folder')
    throw new CpmError('FILE_UNREADABLE', 'the working folder no longer exists', {
      hint: 'change to an existing folder: cd ~',
      cause: error,
    })
  }
}

/** The first signal asks the command to stop cleanly; a second one ends the process and its child processes at once. */
function listenForInterruption(process: NodeJS.Process): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const onSignal = (name: NodeJS.Signals) => {
    // eslint-disable-next-line no-restricted-properties -- must not wait; exit handlers stop child processes
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort(new CpmError('INTERRUPTED', `interrupted by ${name}`, { hint: 'run the command again' }))
  }
  for (const name of signals) process.on(name, onSignal)
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of signals) process.off(name, onSignal)
    },
  }
}

export { runCpm } from './shell/run-cpm.ts'
