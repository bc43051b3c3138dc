import { dumpLines } from './dump.ts';

/** One file of a dumped /sys tree: its text, or the fault that stood in its place. */
export interface SysfsFile {
  readonly path: string;
  readonly text: string;
  readonly fault?: string;
}

/** `cat: /sys/…/in3_input: Input/output error`, also cut off. */
const FAULT = /^(?:cat|grep|head|find): (?:(\/[^:]+): (.*)|.*)$/;

/**
 * Files of a dumped tree, in either form: `PATH: text` on a line (as `grep -r ''` prints, with or without the blank; lines without a path go on with the file), or
 * blocks of `---`, PATH, `---`, text.
 */
export function readSysfsFiles(text: string): readonly SysfsFile[] {
  const lines = dumpLines(text);
  const files: { path: string; text: string; fault?: string }[] = [];
  for (const [index, line] of lines.entries()) {
    const fault = FAULT.exec(line);
    const open = files.at(-1);
    if (line === '---') continue;
    if (line.startsWith('/') && lines[index - 1] === '---' && lines[index + 1] === '---') {
      files.push({ path: line.trim(), text: '' });
    } else if (fault !== null) {
      const [, path, message = 'error'] = fault;
      if (path === undefined || path === open?.path) Object.assign(open ?? {}, { fault: message });
      else files.push({ path, text: '', fault: message });
    } else if (line.startsWith('/') && line.includes(':')) {
      const at = line.indexOf(':');
      files.push({ path: line.slice(0, at), text: line.slice(at + 1).trim() });
    } else if (open !== undefined) {
      open.text = open.text === '' ? line.trim() : `${open.text}\n${line}`;
    }
  }
  return files.map((file) => ({ ...file, text: file.text.trimEnd() }));
}
