import { processEnvironment } from '../../core/environment-variables.ts'
import { type CpmError, fileError, systemCode } from '../../core/errors.ts'

/**
 * Watches for failed writes to standard output, and makes the process exit with an error once its work is done. A
 * reader that closes the pipe, such as `head`, is not an error. Failed writes to standard error are ignored, because
 * they can't be reported.
 */
export function watchOutput({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): void {
  let hasReported = false
  stdout.on('error', (error) => {
    if (hasReported || systemCode(error) === 'EPIPE') return
    hasReported = true
    const failure = fileError(error, 'write', 'standard output')
    process.once('exit', () => {
      process.exitCode = failure.exitCode
    })
    void tell(failure)
  })
  stderr.on('error', () => undefined)
}

async function tell(failure: CpmError): Promise<void> {
  const { renderError } = await import('./output.ts')
  const { styleFor, wantsColor } = await import('./style.ts')
  process.stderr.write(`${renderError(failure, styleFor(wantsColor(process.stderr, processEnvironment)), false)}\n`)
}
