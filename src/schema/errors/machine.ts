import type { ErrorKind } from '../error-kind.ts'

/** Errors of the command line, the settings, files, locks and keys. */
export const MACHINE_ERRORS = {
  USAGE: {
    exit: 'usage',
    http: 400,
    about: 'The command line is not valid.',
    help: '`cpm <command> --help` lists the options of a command, with examples.',
  },
  INTERNAL: {
    exit: 'failed',
    http: 500,
    about: 'cpm failed unexpectedly. This is a bug.',
    help: 'Run the command again with --debug and report what it prints.',
  },
  INTERRUPTED: {
    exit: 'interrupted',
    http: 499,
    about: 'Ctrl-C or a signal stopped the command before it was done.',
    help: 'Run it again. The next command finishes or undoes whatever was started.',
  },
  CONFIG_INVALID: {
    exit: 'usage',
    http: 400,
    about: 'A configuration file or a CPM_* variable is not valid.',
    help: 'The message names the file and the key. Configuration is plain data: JSON or YAML.',
  },
  HOME_NOT_FOUND: {
    exit: 'usage',
    http: 400,
    about: 'cpm needs a folder for its keys, store and settings, and the account that runs it has no home folder.',
    help: 'Set CPM_HOME to a folder that cpm can use, or HOME to your home folder.',
  },
  BRIDGE_INVALID: {
    exit: 'usage',
    http: 400,
    about: 'A program sent a request to cpm bridge that is not valid.',
    help: 'The message names the field. docs/bridge.md describes the requests.',
  },
  FILE_EXISTS: {
    exit: 'failed',
    http: 409,
    about: 'A file that cpm was about to create already exists.',
    help: 'Choose another folder or remove the file.',
  },
  FILE_UNREADABLE: {
    exit: 'failed',
    http: 500,
    about: "A file can't be read: it does not exist, permission was denied, or the disk reported an error.",
    help: "The message names the file and the system's error.",
  },
  FILE_UNWRITABLE: {
    exit: 'failed',
    http: 500,
    about:
      "A file or folder can't be created, changed or removed: permission was denied, or something else is in its place.",
    help: "The message names the path and the system's error. Check its owner and permissions.",
  },
  READ_ONLY: {
    exit: 'failed',
    http: 500,
    about: "A file can't be written because it is on a read-only file system.",
    help: 'The message names the path. Work in a writable folder; set CPM_HOME to move the home.',
  },
  DISK_FULL: {
    exit: 'failed',
    http: 507,
    about: 'The disk is full, or the quota is used up.',
    help: 'Free some space and run the command again. cpm left nothing half-done.',
  },
  LOCK_TIMEOUT: {
    exit: 'lockTimeout',
    http: 503,
    about: 'Another cpm process held a lock for longer than this one was allowed to wait.',
    help: 'Wait for the process that the message names, or raise --lock-timeout.',
  },
  LOCK_BLOCKED: {
    exit: 'failed',
    http: 503,
    about: 'Something else is where cpm keeps a lock: a file, a folder that is not empty, or a pipe.',
    help: 'The message names the path. Look at it, and remove it if it is not yours.',
  },
  LOCK_LOST: {
    exit: 'failed',
    http: 503,
    about: 'This process did not respond for a while, and another one took its lock. Nothing was changed.',
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
    about: 'There is no signing key with that id, or no usable key at all.',
    help: 'Run `cpm key list`, or create a key with `cpm key generate`.',
  },
  KEY_INVALID: {
    exit: 'auth',
    http: 401,
    about: 'A key file or CPM_SIGNING_KEY does not contain a usable Ed25519 key, or others can read it.',
    help: 'Only its owner may read a key file (mode 0600). CPM_SIGNING_KEY is a 32-byte seed in 64 hex digits.',
  },
} as const satisfies Record<string, ErrorKind>
