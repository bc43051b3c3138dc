/** Paddock is built for this Node and later. */
const LEAST_MAJOR = 24;

/** Why this version of Node can't run Paddock and what to do, or null when it can. */
export function nodeFault(version: string): string | null {
  return Number(version.split('.')[0]) >= LEAST_MAJOR ? null : `Paddock needs Node ${LEAST_MAJOR} or later, and this is ${version}. Start it as \`npx paddock\`, which takes the Node that came with the install.`;
}
