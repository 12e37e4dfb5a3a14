/** The name of a manifest, alone in its file because code that reads no manifest needs it too. */
export const MANIFEST_FILE = 'colony.yaml'
