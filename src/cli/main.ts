import { EXIT } from '../schema/errors.ts'
import { processEnvironment, unsetEmptyVariables } from '../core/environment-variables.ts'
import { CpmError } from '../core/errors.ts'
import { runCpm } from './shell/run-cpm.ts'
import { watchOutput } from './terminal/standard-output.ts'

/** The process: the only place that knows its arguments, takes its signals and sets its exit status. */
export async function main(process: NodeJS.Process): Promise<void> {
  unsetEmptyVariables()
  watchOutput(process)
  // Files that cpm makes for itself it must be able to read again, whatever the umask.
  process.umask(process.umask(0o077) & 0o077)
  const interruption = listenForInterruption(process)
  const { stdin, stdout, stderr } = process
  const terminal = { stdin, stdout, stderr, env: processEnvironment, cwd: process.cwd() }
  try {
    process.exitCode = await runCpm(process.argv.slice(2), terminal, { signal: interruption.signal })
  } finally {
    interruption.stop()
  }
}

/** The first signal asks the work to stop cleanly; a second one ends the process at once, with the programs it has started. */
function listenForInterruption(process: NodeJS.Process): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const onSignal = (name: NodeJS.Signals) => {
    // eslint-disable-next-line no-restricted-properties -- nothing is waited for, and exit handlers end what was started
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
