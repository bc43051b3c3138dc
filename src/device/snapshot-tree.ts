import { FileTree, type Reading } from './file-tree.ts';

/** Files that were read of a device, and the folders that their paths tell of. */
export class SnapshotTree extends FileTree {
  readonly #root: string;
  readonly #files = new Map<string, Reading>();
  readonly #folders = new Map<string, Set<string>>();
  #watched: Set<string> | null = null;

  /** @param root what stands before all paths on the device */
  constructor(root: string) {
    super();
    this.#root = root;
  }

  /** Puts in newer readings; files that are not among them keep theirs. */
  update(files: ReadonlyMap<string, Reading>): void {
    for (const [path, reading] of files) {
      this.#files.set(path, reading);
      const parts = path.split('/');
      for (let depth = 1; depth < parts.length; depth++) {
        const folder = parts.slice(0, depth).join('/');
        const names = this.#folders.get(folder) ?? new Set();
        this.#folders.set(folder, names.add(parts[depth] ?? ''));
      }
    }
  }

  /** What the work reads of files that are there: those are to be read again when it is done again. */
  readBy(work: () => void): readonly string[] {
    this.#watched = new Set();
    try {
      work();
      return [...this.#watched];
    } finally {
      this.#watched = null;
    }
  }

  locate(path: string): string {
    return `${this.#root}/${path}`;
  }

  read(path: string): Reading {
    const reading = this.#files.get(path);
    if (reading !== undefined) this.#watched?.add(path);
    return reading ?? { absent: `${this.locate(path)} does not exist` };
  }

  protected names(path: string): readonly string[] {
    return [...(this.#folders.get(path) ?? [])];
  }
}
