import type { ErrorKind } from '../error-kind.ts'

/** Errors of plugins and hooks. */
export const PLUGIN_ERRORS = {
  PLUGIN_INVALID: {
    exit: 'usage',
    http: 400,
    about: "A plugin can't be used: its module, its declaration or its files are not valid.",
    help: 'The message says what is wrong. docs/plugins.md describes plugins.',
  },
  PLUGIN_NOT_FOUND: {
    exit: 'failed',
    http: 404,
    about: 'There is no plugin with that name, or its files are gone.',
    help: '`cpm plugins list` shows what there is.',
  },
  PLUGIN_NOT_APPROVED: {
    exit: 'policy',
    http: 403,
    about: 'A plugin is not approved, or its files, version or permissions changed since it was.',
    help: '`cpm plugins info <name>` shows what it asks for; `cpm plugins enable <name>` approves it.',
  },
  HOOK_REFUSED: {
    exit: 'policy',
    http: 403,
    about: 'A plugin refused the operation. Nothing was changed.',
    help: 'The message names the plugin and its reasons. `cpm plugins disable <name>` turns the plugin off.',
  },
  HOOK_FAILED: {
    exit: 'failed',
    http: 500,
    about: 'A required hook failed: it crashed, took too long or gave an invalid answer. The operation was undone.',
    help: 'Run the command again; `cpm plugins disable <name>` turns a plugin off.',
  },
} as const satisfies Record<string, ErrorKind>
