/**
 * What engines print in this worker. ONNX Runtime's WebAssembly build has no file system: its log goes to the console, and so does its profile, at once while
 * `endProfiling` runs (1.30).
 */
type Listener = (line: string) => void;

const METHODS = ['log', 'info', 'warn', 'error'] as const;
let listener: Listener | null = null;

/** From here on everything that is printed goes to the listener too. Before any engine is loaded, as they keep the console's functions. */
export function listenToConsole(listen: Listener): void {
  listener = listen;
  for (const method of METHODS) {
    const original = console[method].bind(console);
    console[method] = (...parts: unknown[]) => {
      if (listener === listen) original(...parts);
      listener?.(parts.map(String).join(' '));
    };
  }
}

/** What is printed while a function runs, which then goes nowhere else. */
export function printedBy(work: () => void): string {
  const lines: string[] = [];
  const before = listener;
  listener = (line) => { lines.push(line); };
  try {
    work();
  } finally {
    listener = before;
  }
  return lines.join('\n');
}
