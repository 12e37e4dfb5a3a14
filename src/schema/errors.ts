import { z } from 'zod'

/** What the process exits with. Scripts and CI pipelines rely on these numbers: they never change meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  changesNeeded: 3,
  auth: 4,
  verification: 5,
  policy: 6,
  noSolution: 7,
  network: 8,
  lockTimeout: 9,
  colony: 10,
  interrupted: 130,
} as const
export type ExitName = keyof typeof EXIT

interface ErrorKind {
  readonly exit: ExitName
  /** what the same error is over HTTP */
  readonly http: number
  /** one line for docs/errors.md and `cpm help CODE` */
  readonly about: string
  /** what usually helps, for `cpm help CODE` */
  readonly help: string
}

/** Every error cpm can report. A code is never given a new meaning; `docs/errors.md` is made from this table. */
export const ERRORS = {
  USAGE: {
    exit: 'usage',
    http: 400,
    about: 'The command line is not one that cpm understands.',
    help: 'The help of each command, `cpm <command> --help`, lists its options with examples.',
  },
  INTERNAL: {
    exit: 'failed',
    http: 500,
    about: 'cpm itself went wrong: this is a bug.',
    help: 'Run the command again with --debug and report what it prints.',
  },
  INTERRUPTED: {
    exit: 'interrupted',
    http: 499,
    about: 'The command was stopped by Ctrl-C or a signal before it was done.',
    help: 'Run it again: what was begun is finished or undone by the next command.',
  },
  CONFIG_INVALID: {
    exit: 'usage',
    http: 400,
    about: "A configuration file or CPM_* variable holds something cpm can't read.",
    help: 'The message names the file and the key. Configuration is data only: JSON or YAML.',
  },
  HOME_NOT_FOUND: {
    exit: 'usage',
    http: 400,
    about: 'cpm needs a folder for its keys, store and settings, and nothing says where the user has one.',
    help: 'Set CPM_HOME to a folder of your own, or HOME to your home folder. The account that runs cpm has none.',
  },
  PROJECT_NOT_FOUND: {
    exit: 'usage',
    http: 404,
    about: 'There is no colony.yaml in this folder or above it.',
    help: 'Run `cpm init` to make one, or change into a folder of your project.',
  },
  PROJECT_UNSAFE: {
    exit: 'policy',
    http: 400,
    about:
      "The project's folder holds something that would make cpm write or delete outside of it, such as a link in place of colony_packages.",
    help: 'Look at what the message names. Remove it if it is not yours.',
  },
  MANIFEST_INVALID: {
    exit: 'failed',
    http: 422,
    about: 'A colony.yaml is not valid.',
    help: 'The message names each error by file, line and column. docs/manifest.md has every key with its type and an example.',
  },
  FILE_EXISTS: {
    exit: 'failed',
    http: 409,
    about: 'A file that cpm was going to make is there already.',
    help: 'Choose another folder or remove the file.',
  },
  FILE_UNREADABLE: {
    exit: 'failed',
    http: 500,
    about: "A file can't be read: it is missing, not permitted, or the disk reported an error.",
    help: 'The message names the file and what the system said.',
  },
  FILE_UNWRITABLE: {
    exit: 'failed',
    http: 500,
    about: "A file or folder can't be made, changed or removed: it is not permitted, or something is in the way.",
    help: 'The message names the path and what the system said. Check who owns it and its permissions.',
  },
  READ_ONLY: {
    exit: 'failed',
    http: 500,
    about: "A file can't be written since it is on a read-only file system.",
    help: 'The message names the path. Work in a folder that can be written; CPM_HOME names another home.',
  },
  DISK_FULL: {
    exit: 'failed',
    http: 507,
    about: 'The disk or the quota is full.',
    help: 'Free some room and run the command again: nothing half-done was left in place.',
  },
  PACK_REFUSED: {
    exit: 'policy',
    http: 422,
    about: 'Something in the folder must not be packed: a link, a special file, or a file that looks like a secret.',
    help: 'Leave it out by .cpmignore or `files:`, or name it with --allow if it is meant to be public.',
  },
  ARCHIVE_INVALID: {
    exit: 'verification',
    http: 422,
    about: 'An archive is not in the one canonical form, or is cut or damaged.',
    help: 'Pack it again with `cpm pack`. docs/formats.md tells the form.',
  },
  ARCHIVE_TOO_LARGE: {
    exit: 'verification',
    http: 413,
    about: 'An archive is larger than the limits allow: packed, unpacked, number of files, or ratio.',
    help: 'The limits stand in docs/formats.md.',
  },
  ENVELOPE_INVALID: {
    exit: 'verification',
    http: 422,
    about: "A package's signed envelope is missing, damaged, or says something else than the archive or the index.",
    help: "Do not use the package. Tell the registry's operator.",
  },
  SIGNATURE_INVALID: {
    exit: 'verification',
    http: 422,
    about: "A signature does not fit what it signs, or its key can't be admitted.",
    help: "Do not use the package. Tell the registry's operator.",
  },
  OWNER_MISMATCH: {
    exit: 'verification',
    http: 403,
    about: 'A package is signed by a key that is not among its owners, or its owners are others than before.',
    help: "Ask the package's owners by another channel before you accept it.",
  },
  DIGEST_MISMATCH: {
    exit: 'verification',
    http: 422,
    about: 'Bytes are not those that were promised.',
    help: 'Run the command again. If it stays, the registry or the disk is damaged.',
  },
  INDEX_INVALID: {
    exit: 'verification',
    http: 502,
    about: "The index of a package can't be read.",
    help: "Tell the registry's operator: the index is damaged.",
  },
  INDEX_REWRITTEN: {
    exit: 'verification',
    http: 502,
    about: 'The index of a package is shorter than before or was rewritten: published history never changes.',
    help: "Tell the registry's operator. The message names the file to remove once you know why it changed.",
  },
  PACKAGE_DAMAGED: {
    exit: 'verification',
    http: 422,
    about: 'Installed files are not those that the lock promises.',
    help: 'Run `cpm ci` to put back what is missing or changed.',
  },
  PROOF_MISSING: {
    exit: 'verification',
    http: 422,
    about:
      'The files are as the lock says, but what would prove the lock is not here: no envelope was kept, and no registry has one.',
    help: 'Run `cpm verify` where the registry can be asked, or name it with --registry.',
  },
  PROOF_DAMAGED: {
    exit: 'verification',
    http: 422,
    about:
      'What was kept to prove installed packages was changed, and no registry could be asked for it again. The lock and the files are not blamed.',
    help: 'Run `cpm ci` where the registry can be asked, or name it with --registry.',
  },
  REGISTRY_INVALID: {
    exit: 'network',
    http: 502,
    about: "A registry's config.json or folder is not one that this cpm understands.",
    help: "Check the registry's address, or update cpm.",
  },
  REGISTRY_UNKNOWN: {
    exit: 'network',
    http: 404,
    about: 'The lock names a registry that no configuration knows.',
    help: 'Add the registry to your configuration, or name it with --registry.',
  },
  PACKAGE_NOT_FOUND: {
    exit: 'noSolution',
    http: 404,
    about: 'No registry in use has a package of that name or version, or the project does not have it.',
    help: 'Check the spelling, or publish the package first.',
  },
  AUTH_REQUIRED: {
    exit: 'auth',
    http: 401,
    about: 'The registry wants a token, or does not know the one it was given: it may have expired or been revoked.',
    help: 'Run `cpm login <registry>`, or set CPM_TOKEN. The operator makes tokens with `cpm serve token create`.',
  },
  AUTH_FORBIDDEN: {
    exit: 'auth',
    http: 403,
    about: 'The token is valid but may not do this: its scopes or its package patterns do not reach so far.',
    help: '`cpm whoami` shows what the token may do.',
  },
  CREDENTIALS_UNSAFE: {
    exit: 'auth',
    http: 401,
    about: 'Credentials would be readable by others, on disk or on their way, so they were not used.',
    help: 'The message names the file or the address. Use https, and mode 0600 for files with secrets.',
  },
  POLICY_REFUSED: {
    exit: 'policy',
    http: 403,
    about: 'A package is what its owners signed, but your settings do not accept it.',
    help: 'The settings are security.requireSignatures, security.trustedKeys and security.algorithms, and `cpm key trust` and `cpm key distrust`.',
  },
  REGISTRY_READONLY: {
    exit: 'policy',
    http: 403,
    about:
      'The registry takes no changes, or none to this name: it was started with --readonly, or serves the name from another registry.',
    help: 'Publish to the registry that the name belongs to.',
  },
  REGISTRY_UNREACHABLE: {
    exit: 'network',
    http: 502,
    about: 'A registry could not be reached, or stopped answering. Whether it has the package is not known.',
    help: 'Check the address, the network and the proxy settings, then run the command again.',
  },
  REGISTRY_MISBEHAVED: {
    exit: 'network',
    http: 502,
    about:
      'A registry answered something that HTTP or the API does not allow: another length, another range, a page of HTML, endless redirects.',
    help: 'Something between you and the registry may answer in its place, such as a login page. Nothing of it was used.',
  },
  REGISTRY_BUSY: {
    exit: 'network',
    http: 503,
    about: 'A registry has too much to do, or limits how often you may ask.',
    help: 'Wait for as long as the message says, then run the command again.',
  },
  REQUEST_INVALID: {
    exit: 'usage',
    http: 400,
    about: 'A request to a registry is not one that its API knows.',
    help: 'The API is described at /openapi.json of the registry. A scope is a path segment of its own; nothing in a path is percent-encoded.',
  },
  REQUEST_TOO_LARGE: {
    exit: 'failed',
    http: 413,
    about: 'A request is larger than the registry accepts.',
    help: 'Publish fewer packages at once, or smaller ones.',
  },
  REQUEST_TIMEOUT: {
    exit: 'network',
    http: 408,
    about: 'A request arrived too slowly, and the registry stopped waiting.',
    help: 'Run the command again where the network is better.',
  },
  VERSION_EXISTS: {
    exit: 'failed',
    http: 409,
    about: 'That version was published already with other contents. Published content never changes.',
    help: 'Raise the version in colony.yaml and publish again.',
  },
  NO_SOLUTION: {
    exit: 'noSolution',
    http: 422,
    about: 'No choice of versions satisfies every requirement.',
    help: 'The message tells why. Change one of the requirements it names.',
  },
  RESOLVE_BUDGET: {
    exit: 'noSolution',
    http: 422,
    about: 'Resolving took more steps than the budget allows.',
    help: 'Narrow the ranges of your direct dependencies.',
  },
  TARGET_INVALID: {
    exit: 'failed',
    http: 422,
    about: 'The file given with --target does not describe where packages are to run.',
    help: 'It may hold colonyos (a version), architecture (a name) and cpm (a version); nothing else.',
  },
  PROOF_INVALID: {
    exit: 'verification',
    http: 422,
    about: 'A proof of resolving is damaged, or does not prove what it claims.',
    help: 'The message names the step. Make the proof again: cpm resolve --proof <file>.',
  },
  LOCK_INVALID: {
    exit: 'failed',
    http: 422,
    about: "colony.lock can't be read.",
    help: 'Restore it from version control, or remove it and run `cpm install`.',
  },
  LOCK_OUTDATED: {
    exit: 'changesNeeded',
    http: 409,
    about: 'colony.lock is missing or does not fit colony.yaml, and this command must not change it.',
    help: 'Run `cpm install` where changes are allowed and commit colony.lock.',
  },
  LOCK_TIMEOUT: {
    exit: 'lockTimeout',
    http: 503,
    about: 'Another cpm holds a lock for longer than this one may wait.',
    help: 'Wait for the process that the message names, or raise --lock-timeout.',
  },
  LOCK_BLOCKED: {
    exit: 'failed',
    http: 503,
    about: 'Something that is not a lock is where cpm keeps a lock: a file, a folder with something in it, or a pipe.',
    help: 'The message names the path. Look at it, and remove it if it is not yours.',
  },
  LOCK_LOST: {
    exit: 'failed',
    http: 503,
    about: 'Another process took the lock of this one, which did not respond for a while. Nothing was changed.',
    help: 'Run the command again.',
  },
  JOURNAL_INVALID: {
    exit: 'failed',
    http: 500,
    about: "The journal of an unfinished operation can't be read.",
    help: 'The message names the file. Remove it and run the command again.',
  },
  KEY_NOT_FOUND: {
    exit: 'auth',
    http: 401,
    about: 'There is no signing key of that id, or none that can be used.',
    help: 'Run `cpm key list`, or make one with `cpm key generate`.',
  },
  KEY_INVALID: {
    exit: 'auth',
    http: 401,
    about: 'A key file or CPM_SIGNING_KEY does not hold a usable Ed25519 key, or others can read it.',
    help: 'A key file belongs to its owner alone (mode 0600). CPM_SIGNING_KEY is a 32-byte seed as 64 hex digits.',
  },
  INPUT_INVALID: {
    exit: 'usage',
    http: 422,
    about: 'A value does not fit the inputs that the package declares.',
    help: 'The message names every input that is missing, unknown or of the wrong type.',
  },
  WORKFLOW_INVALID: {
    exit: 'failed',
    http: 422,
    about: "A workflow can't be rendered, or is not one that an engine would run as meant.",
    help: 'The message names file, line and column.',
  },
  TESTS_FAILED: {
    exit: 'failed',
    http: 422,
    about: "A test of a package did not come out as it says, or can't be read.",
    help: 'The message names each of them, by file, line and column. `cpm test --update` takes over snapshots that changed on purpose.',
  },
  RUN_FAILED: {
    exit: 'colony',
    http: 502,
    about: 'A workflow ran and failed, or was cancelled.',
    help: 'The message names the nodes that failed. `cpm workflow logs` shows what they wrote, `cpm workflow retry` runs them again.',
  },
  COLONY_NOT_CHOSEN: {
    exit: 'usage',
    http: 400,
    about: 'Nothing says which colony is meant, on which server, or with which key.',
    help: 'Run `cpm context add`, or set COLONIES_SERVER_HOST, COLONIES_COLONY_NAME and COLONIES_PRVKEY as for the colonies CLI.',
  },
  COLONY_KEY_INVALID: {
    exit: 'auth',
    http: 401,
    about: 'A key for a colony is not one.',
    help: 'A key for a colony is 64 hex digits, as the colonies CLI makes them, in COLONIES_PRVKEY or in a file of mode 0600.',
  },
  COLONY_DENIED: {
    exit: 'auth',
    http: 403,
    about: "The colony's server does not know the key as a member of that colony, or does not know the colony.",
    help: "Check the name of the colony and whose key it is: it must be that of a user or an approved executor; the colony's own key is no member.",
  },
  COLONY_UNREACHABLE: {
    exit: 'network',
    http: 502,
    about: "A colony's server could not be reached, or stopped answering.",
    help: 'Check the address, the port and whether it speaks TLS, then run the command again.',
  },
  COLONY_MISBEHAVED: {
    exit: 'network',
    http: 502,
    about:
      'What answered is not what a ColonyOS server says: another kind of text, nothing at all, or fields of another type.',
    help: 'Check the address and the port. Something between you and the server may answer in its place.',
  },
  COLONY_REFUSED: {
    exit: 'colony',
    http: 502,
    about: "A colony's server refused a request, or could not do it.",
    help: 'The message quotes what the server said.',
  },
  COLONY_TOO_OLD: {
    exit: 'colony',
    http: 502,
    about: "A colony's server is older than what the command needs.",
    help: 'The message names the first version that can do it.',
  },
  RUN_NOT_FOUND: {
    exit: 'failed',
    http: 404,
    about: 'There is no run of that id, or no run at all.',
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
    about: "A run is not over yet, so it can't be removed or run again.",
    help: 'Wait for its end with `cpm workflow wait`, or end it with `cpm workflow cancel`.',
  },
  RUN_TIMEOUT: {
    exit: 'failed',
    http: 504,
    about: 'A run was not over in the time that --timeout gave it.',
    help: 'Look at it with `cpm workflow graph`. A run on a colony goes on; one on this machine was cancelled if this command ran it.',
  },
  COLONY_UNCERTAIN: {
    exit: 'network',
    http: 502,
    about: 'A workflow was sent to a colony and no answer came, so it is not known whether the colony took it.',
    help: 'Run the same command again: it looks for the run in the colony, and sends it only if it is not there.',
  },
  COLONY_UNFIT: {
    exit: 'colony',
    http: 409,
    about: 'The colony lacks something that the workflow needs: an executor, a function, or a newer server.',
    help: 'The message names what is missing. `cpm colony executors` and `cpm colony functions` show what there is.',
  },
  S3_NOT_CHOSEN: {
    exit: 'usage',
    http: 400,
    about: 'The files of a package are to lie in ColonyFS, and nothing says in which S3.',
    help: 'Set AWS_S3_ENDPOINT, AWS_S3_BUCKET, AWS_S3_ACCESSKEY and AWS_S3_SECRETKEY as for the colonies CLI, or choose another `payload`.',
  },
  S3_DENIED: {
    exit: 'auth',
    http: 403,
    about: 'The S3 server does not take the key, or the key may not write there.',
    help: 'Check AWS_S3_ACCESSKEY, AWS_S3_SECRETKEY and AWS_S3_REGION. The message quotes the code that the server gave.',
  },
  S3_UNREACHABLE: {
    exit: 'network',
    http: 502,
    about: 'An S3 server could not be reached, or stopped answering.',
    help: 'Check AWS_S3_ENDPOINT and AWS_S3_TLS, then run the command again: what is there already is not sent again.',
  },
  S3_REFUSED: {
    exit: 'network',
    http: 502,
    about: 'An S3 server refused a request: there is no such bucket, it is full, or it could not do it.',
    help: 'The message quotes the code that the server gave. Nothing refers to what was not stored whole.',
  },
  COLONYFS_MISMATCH: {
    exit: 'verification',
    http: 409,
    about: 'What lies in ColonyFS under the label of a tree is not that tree.',
    help: 'Any member of a colony may write there. The message names what differs; have the label removed with the colonies CLI, then submit again.',
  },
} as const satisfies Record<string, ErrorKind>

export const ErrorCode = z.enum(Object.keys(ERRORS) as [keyof typeof ERRORS, ...(keyof typeof ERRORS)[]])
export type ErrorCode = keyof typeof ERRORS

/** An error as it travels: in `--json`, in the last line of `--events`, and over HTTP. */
export const ErrorDocument = z.object({
  code: ErrorCode,
  message: z.string(),
  hint: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
})
export type ErrorDocument = z.infer<typeof ErrorDocument>
