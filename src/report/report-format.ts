import type { RunReport } from '../domain/run-report.ts';

/** Where a report format writes its text, piece by piece. `write` resolves when the sink can take more. */
export interface TextSink {
  write(text: string): Promise<void>;
}

/** One kind of report file. `write` streams: beyond what its summary needs it holds one row at a time. */
export interface ReportFormat {
  readonly id: string;
  /** Name of the file inside a run's folder. */
  readonly fileName: string;
  write(report: RunReport, out: TextSink): Promise<void>;
}
