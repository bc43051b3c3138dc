import type { Board } from './board.ts';

export interface LabYamlOptions {
  /** What brings a board back, by its id. */
  readonly recover?: Readonly<Record<string, readonly string[]>>;
  /** Where Paddock keeps its files on each. */
  readonly folder?: string;
  /** In place of the file in which the lab keeps the host keys of its ssh boards. */
  readonly knownHosts?: string;
}

/** The `paddock.yaml` of boards by their ids. */
export function labYaml(boards: Readonly<Record<string, Board>>, { recover = {}, folder, knownHosts }: LabYamlOptions = {}): string {
  const entries = Object.entries(boards).map(([id, { address }]) => {
    const command = recover[id];
    const more = `${command === undefined ? '' : `, recover: ${JSON.stringify(command)}`}${folder === undefined ? '' : `, folder: ${JSON.stringify(folder)}`}`;
    return address.kind === 'adb' ? `  - { id: ${id}, adb: { serial: "${address.serial}" }${more} }`
      : `  - { id: ${id}, ssh: { host: "${address.host}", user: ${address.user}, identityFile: "${address.identityFile}", knownHosts: "${knownHosts ?? address.knownHosts}" }${more} }`;
  });
  const ports = new Set(Object.values(boards).map((board) => board.adbAddress.server.port));
  return `adb: [${[...ports].map((port) => `{ port: ${port} }`).join(', ')}]\ndevices:\n${entries.join('\n')}\n`;
}
