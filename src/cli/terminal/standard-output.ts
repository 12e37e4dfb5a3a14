import { processEnvironment } from '../../core/environment-variables.ts'
import { type CpmError, fileError, systemCode } from '../../core/errors.ts'

/**
 * Notices when what a command says can't be written, and ends the process with the status of that once the work is over. A reader that has
 * enough, as `head`, is no error; and where standard error is full there is nowhere to say so.
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
