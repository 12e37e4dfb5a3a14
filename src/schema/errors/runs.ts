import type { ErrorKind } from '../error-kind.ts'

/** Errors of workflows, their runs, colonies and S3. */
export const RUN_ERRORS = {
  INPUT_INVALID: {
    exit: 'usage',
    http: 422,
    about: 'A value does not fit the inputs that the package declares.',
    help: 'The message lists every input that is missing, unknown or of the wrong type.',
  },
  WORKFLOW_INVALID: {
    exit: 'failed',
    http: 422,
    about: "A workflow can't be rendered, or no engine could run it correctly.",
    help: 'The message names the file, line and column.',
  },
  TESTS_FAILED: {
    exit: 'failed',
    http: 422,
    about: "A test of a package failed or can't be read.",
    help: 'The message lists each one with its file, line and column. `cpm test --update` accepts intended changes to snapshots.',
  },
  RUN_FAILED: {
    exit: 'colony',
    http: 502,
    about: 'A workflow ran and failed, or was cancelled.',
    help: 'The message names the failed nodes. `cpm workflow logs` shows their output, `cpm workflow retry` runs them again.',
  },
  COLONY_NOT_CHOSEN: {
    exit: 'usage',
    http: 400,
    about: 'No colony, server or key is selected.',
    help: 'Run `cpm context add`, or set COLONIES_SERVER_HOST, COLONIES_COLONY_NAME and COLONIES_PRVKEY as for the colonies CLI.',
  },
  COLONY_KEY_INVALID: {
    exit: 'auth',
    http: 401,
    about: 'The key for a colony is not valid.',
    help: 'A key for a colony is 64 hex digits, as the colonies CLI prints them, in COLONIES_PRVKEY or in a file of mode 0600.',
  },
  COLONY_DENIED: {
    exit: 'auth',
    http: 403,
    about: "The colony's server does not know the colony, or the key is not one of its members.",
    help: "Check the name of the colony and the key: use that of a user or an approved executor, not the colony's own key.",
  },
  COLONY_UNREACHABLE: {
    exit: 'network',
    http: 502,
    about: "A colony's server could not be reached, or stopped answering.",
    help: 'Check the address, the port and whether the server uses TLS, then run the command again.',
  },
  COLONY_MISBEHAVED: {
    exit: 'network',
    http: 502,
    about: 'The response is not one of a ColonyOS server: another format, an empty body, or fields of the wrong type.',
    help: 'Check the address and the port. Something between you and the server may have answered instead.',
  },
  COLONY_REFUSED: {
    exit: 'colony',
    http: 502,
    about: "A colony's server refused a request, or failed to carry it out.",
    help: "The message quotes the server's answer.",
  },
  COLONY_TOO_OLD: {
    exit: 'colony',
    http: 502,
    about: "A colony's server is too old for the command.",
    help: 'The message names the first version that supports it.',
  },
  RUN_NOT_FOUND: {
    exit: 'failed',
    http: 404,
    about: 'There is no run with that id, or no run at all.',
    help: '`cpm workflow list` shows the runs that this machine knows. The beginning of an id is enough.',
  },
  RUN_INVALID: {
    exit: 'failed',
    http: 500,
    about: 'The record of a run is damaged.',
    help: 'The message names the file. `cpm workflow rm` removes the run from this machine.',
  },
  RUN_ACTIVE: {
    exit: 'failed',
    http: 409,
    about: "A run is still active, so it can't be removed or retried.",
    help: 'Wait for it with `cpm workflow wait`, or stop it with `cpm workflow cancel`.',
  },
  RUN_TIMEOUT: {
    exit: 'failed',
    http: 504,
    about: 'A run did not finish within --timeout.',
    help: 'Look at it with `cpm workflow graph`. A run on a colony continues; a run that this command executed itself was cancelled.',
  },
  COLONY_UNCERTAIN: {
    exit: 'network',
    http: 502,
    about: 'A workflow was sent to a colony and no response came, so it is unknown whether the colony accepted it.',
    help: 'Run the same command again. It looks for the run in the colony, and sends it only if it is not there.',
  },
  COLONY_UNFIT: {
    exit: 'colony',
    http: 409,
    about: 'The colony lacks something that the workflow needs: an executor, a function, or a newer server.',
    help: 'The message names what is missing. `cpm colony executors` and `cpm colony functions` show what the colony has.',
  },
  S3_NOT_CHOSEN: {
    exit: 'usage',
    http: 400,
    about: "A package's files go to ColonyFS, but no S3 server is selected.",
    help: 'Set AWS_S3_ENDPOINT, AWS_S3_BUCKET, AWS_S3_ACCESSKEY and AWS_S3_SECRETKEY as for the colonies CLI, or choose another `payload`.',
  },
  S3_DENIED: {
    exit: 'auth',
    http: 403,
    about: 'The S3 server rejected the key, or the key may not write to the bucket.',
    help: "Check AWS_S3_ACCESSKEY, AWS_S3_SECRETKEY and AWS_S3_REGION. The message quotes the server's error code.",
  },
  S3_UNREACHABLE: {
    exit: 'network',
    http: 502,
    about: 'An S3 server could not be reached, or stopped answering.',
    help: 'Check AWS_S3_ENDPOINT and AWS_S3_TLS, then run the command again. Files that are already there are not sent again.',
  },
  S3_REFUSED: {
    exit: 'network',
    http: 502,
    about: 'An S3 server refused a request: the bucket does not exist, is full, or the server failed.',
    help: "The message quotes the server's error code. Nothing refers to files that were only partly stored.",
  },
  COLONYFS_MISMATCH: {
    exit: 'verification',
    http: 409,
    about: 'The files in ColonyFS under the label of a tree do not match that tree.',
    help: 'Any member of a colony can write there. The message names the difference. Remove the label with the colonies CLI, then submit again.',
  },
} as const satisfies Record<string, ErrorKind>
