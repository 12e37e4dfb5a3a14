import type { ErrorKind } from '../error-kind.ts'

/** Errors of projects, packages, registries and the resolver. */
export const PACKAGE_ERRORS = {
  PROJECT_NOT_FOUND: {
    exit: 'usage',
    http: 404,
    about: 'There is no colony.yaml in this folder or any parent folder.',
    help: 'Run `cpm init` to create one, or change to a folder of your project.',
  },
  MEMBER_NOT_FOUND: {
    exit: 'usage',
    http: 404,
    about: 'No member of the workspace matches --filter.',
    help: 'Use the name of a member, a pattern of names such as @acme/*, or a folder such as ./packages/web.',
  },
  PROJECT_UNSAFE: {
    exit: 'policy',
    http: 400,
    about:
      'Something in the project would make cpm write or delete outside of it, such as a link in place of colony_packages. Or the project is a whole home folder or disk, and the command was run below it.',
    help: 'Look at the path that the message names, and remove it if it is not yours. Change to the folder of the project.',
  },
  EXECUTABLE_CONFLICT: {
    exit: 'failed',
    http: 409,
    about:
      'A global package has an executable whose name is taken: by another global package, or by a file that cpm did not create. Nothing was changed.',
    help: 'Uninstall the other package, or move the file away.',
  },
  MANIFEST_INVALID: {
    exit: 'failed',
    http: 422,
    about: 'A colony.yaml is not valid.',
    help: 'The message lists each error with its file, line and column. docs/manifest.md describes every key.',
  },
  PACK_REFUSED: {
    exit: 'policy',
    http: 422,
    about: 'The folder contains something that must not be packed: a link, a special file, or a likely secret.',
    help: 'Exclude it in .cpmignore or with `files:`. If it is meant to be public, pass it to --allow.',
  },
  ARCHIVE_INVALID: {
    exit: 'verification',
    http: 422,
    about: 'An archive is truncated or damaged, or not in canonical form.',
    help: 'Pack it again with `cpm pack`. docs/formats.md describes the form.',
  },
  ARCHIVE_TOO_LARGE: {
    exit: 'verification',
    http: 413,
    about:
      'An archive exceeds a limit: packed size, unpacked size, number of files or folders, length of all paths, or compression ratio.',
    help: 'docs/formats.md lists the limits.',
  },
  ENVELOPE_INVALID: {
    exit: 'verification',
    http: 422,
    about: "A package's signed envelope is missing or damaged, or contradicts the archive or the index.",
    help: "Do not use the package. Tell the registry's operator.",
  },
  SIGNATURE_INVALID: {
    exit: 'verification',
    http: 422,
    about: 'A signature does not match what it signs, or its key is not acceptable.',
    help: "Do not use the package. Tell the registry's operator.",
  },
  OWNER_MISMATCH: {
    exit: 'verification',
    http: 403,
    about: 'A package is signed by a key that does not own it, or its owners changed in a way that they did not sign.',
    help: "Ask the package's owners, outside of the registry, before you accept it.",
  },
  DIGEST_MISMATCH: {
    exit: 'verification',
    http: 422,
    about: 'Downloaded or stored bytes do not match their digest.',
    help: 'Run the command again. If the error persists, the registry or the disk is damaged.',
  },
  INDEX_INVALID: {
    exit: 'verification',
    http: 502,
    about: "The index of a package can't be read.",
    help: "Tell the registry's operator that the index is damaged.",
  },
  INDEX_REWRITTEN: {
    exit: 'verification',
    http: 502,
    about: 'The index of a package became shorter or was rewritten. Published history never changes.',
    help: "Tell the registry's operator. Once you know why it changed, remove the file that the message names.",
  },
  PACKAGE_DAMAGED: {
    exit: 'verification',
    http: 422,
    about: 'Installed files do not match the lock.',
    help: 'Run `cpm ci` to restore missing and changed files.',
  },
  PROOF_MISSING: {
    exit: 'verification',
    http: 422,
    about:
      "The files match the lock, but the lock can't be proven: this machine has no envelope, and no registry provided one.",
    help: 'Run `cpm verify` where the registry is reachable, or name it with --registry.',
  },
  PROOF_DAMAGED: {
    exit: 'verification',
    http: 422,
    about:
      'The proofs of installed packages were changed, and no registry could provide them again. The lock and the files may be intact.',
    help: 'Run `cpm ci` where the registry is reachable, or name it with --registry.',
  },
  STORE_DAMAGED: {
    exit: 'verification',
    http: 422,
    about: 'Packages in the store differ from what was signed.',
    help: 'Run `cpm store verify --repair` where their registries are reachable.',
  },
  REGISTRY_INVALID: {
    exit: 'network',
    http: 502,
    about: "This cpm does not understand a registry's config.json or folder.",
    help: "Check the registry's address, or update cpm.",
  },
  REGISTRY_UNKNOWN: {
    exit: 'network',
    http: 404,
    about: 'The lock names a registry that is not in your configuration.',
    help: 'Add the registry to your configuration, or name it with --registry.',
  },
  PACKAGE_NOT_FOUND: {
    exit: 'noSolution',
    http: 404,
    about: 'No configured registry has this package or version, or the project does not use it.',
    help: 'Check the spelling, or publish the package first.',
  },
  AUTH_REQUIRED: {
    exit: 'auth',
    http: 401,
    about: 'The registry needs a token, or rejected the one it got: it may have expired or been revoked.',
    help: 'Run `cpm login <registry>`, or set CPM_TOKEN. Operators create tokens with `cpm serve token create`.',
  },
  AUTH_FORBIDDEN: {
    exit: 'auth',
    http: 403,
    about: 'The token is valid, but its scopes or package patterns do not allow this.',
    help: '`cpm whoami` shows what the token allows.',
  },
  CREDENTIALS_UNSAFE: {
    exit: 'auth',
    http: 401,
    about: 'cpm did not use credentials because others could read them, on disk or on the network.',
    help: 'The message names the file or the address. Use https, and mode 0600 for files with secrets.',
  },
  POLICY_REFUSED: {
    exit: 'policy',
    http: 403,
    about: 'Your settings refuse a package that its owners signed, or you distrust the signing key.',
    help: 'Check security.requireSignatures, security.trustedKeys and security.algorithms. `cpm key trust` and `cpm key distrust` change which keys you trust.',
  },
  RELEASE_TOO_NEW: {
    exit: 'policy',
    http: 403,
    about: 'A release was published too recently: malicious releases are mostly found within the first hours.',
    help: 'Wait until the time that the message names, or use an older version: `cpm update <package>`. docs/policy.md tells how to change policy.minimumReleaseAge for packages that you trust.',
  },
  LICENSE_REFUSED: {
    exit: 'policy',
    http: 403,
    about: 'A package has a license that policy.licenses does not list, or declares none.',
    help: 'Use another package or version, or add the license to the file that the message names.',
  },
  RELEASE_YANKED: {
    exit: 'policy',
    http: 403,
    about: 'A locked version was yanked, and policy.yanked is refuse.',
    help: 'Move to another version: `cpm update <package>`.',
  },
  RELEASE_DEPRECATED: {
    exit: 'policy',
    http: 403,
    about: 'A version is deprecated, and policy.deprecated is refuse.',
    help: 'Move to another version or package. `cpm info <package>` shows what its owners recommend.',
  },
  SIGNER_CHANGED: {
    exit: 'policy',
    http: 403,
    about:
      'A new version is signed by a key that was not an owner when the locked version was published, and policy.signerChange is refuse.',
    help: 'Ask the owners of the package about the new key: `cpm owner list <package>`. To accept it, add a waiver (docs/policy.md).',
  },
  REGISTRY_REFUSED: {
    exit: 'policy',
    http: 403,
    about:
      'A package comes from a registry, or would be published to one, that policy.registries does not list for its name.',
    help: 'Choose one of the registries that the message lists.',
  },
  POLICY_UNAVAILABLE: {
    exit: 'policy',
    http: 502,
    about:
      'A policy that policy.extends names could not be read, or its bytes do not match its digest. Nothing is installed without it.',
    help: 'Check the address, the network and the digest. Once a policy was read, cpm keeps a copy and needs no network for it.',
  },
  ADVISORIES_INVALID: {
    exit: 'failed',
    http: 422,
    about: 'A file with advisories is not in the OSV format.',
    help: 'It must be JSON: one entry, a list of entries, or an object with the list `vulns`. docs/policy.md has an example.',
  },
  REGISTRY_READONLY: {
    exit: 'policy',
    http: 403,
    about:
      'The registry does not accept changes, or none to this name: it runs with --readonly, or serves the name from another registry.',
    help: 'Publish to the registry that the name belongs to.',
  },
  REGISTRY_UNREACHABLE: {
    exit: 'network',
    http: 502,
    about: 'A registry could not be reached, or stopped answering. It is unknown whether it has the package.',
    help: 'Check the address, the network and the proxy settings, then run the command again.',
  },
  REGISTRY_MISBEHAVED: {
    exit: 'network',
    http: 502,
    about:
      'A registry sent a response that breaks HTTP or the API: a wrong length or range, an HTML page, endless redirects.',
    help: 'Something in between, such as a login page, may have answered instead. cpm discarded the response.',
  },
  REGISTRY_BUSY: {
    exit: 'network',
    http: 503,
    about: 'A registry is overloaded, or limits the rate of requests.',
    help: 'Wait for as long as the message says, then run the command again.',
  },
  REQUEST_INVALID: {
    exit: 'usage',
    http: 400,
    about: "A request is not part of the registry's API.",
    help: 'The registry describes its API at /openapi.json. A scope is a separate path segment; nothing in a path is percent-encoded.',
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
    help: 'Run the command again on a faster network.',
  },
  VERSION_EXISTS: {
    exit: 'failed',
    http: 409,
    about: 'This version is already published with other contents. Releases never change.',
    help: 'Raise the version in colony.yaml and publish again.',
  },
  NO_SOLUTION: {
    exit: 'noSolution',
    http: 422,
    about: 'No choice of versions satisfies every requirement.',
    help: 'The message explains why. Change one of the requirements it names.',
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
    about: 'The --target file does not describe a machine that packages run on.',
    help: 'It may contain colonyos (a version), architecture (a name) and cpm (a version), and nothing else.',
  },
  PROOF_INVALID: {
    exit: 'verification',
    http: 422,
    about: "A resolver's proof is damaged, or does not prove what it claims.",
    help: 'The message names the step. Create the proof again with `cpm resolve --proof <file>`.',
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
    about: 'colony.lock is missing or does not match colony.yaml, and this command must not change it.',
    help: 'Run `cpm install` where changes are allowed, and commit colony.lock.',
  },
} as const satisfies Record<string, ErrorKind>
