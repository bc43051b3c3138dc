/** A file's text, or why there is none. */
export type Reading = { readonly text: string } | { readonly absent: string };

/** A tree that holds a system's `proc`, `sys` and `etc`: this machine's own, or what was read of another one's. Paths have no leading slash. */
export abstract class FileTree {
  /** Where a path of the tree really is. */
  abstract locate(path: string): string;

  abstract read(path: string): Reading;

  /** Names in a folder, in any order; none when it can't be read. */
  protected abstract names(path: string): readonly string[];

  /** The file's text without white space around it, null when it can't be read or is empty. */
  text(path: string): string | null {
    const reading = this.read(path);
    const text = 'text' in reading ? reading.text.trim() : '';
    return text === '' ? null : text;
  }

  /** Names in a folder, sorted with numbers by value; none when it can't be read. */
  list(path: string): readonly string[] {
    return this.names(path).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  }
}
