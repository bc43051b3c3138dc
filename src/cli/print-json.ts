import type { RunReport } from '../domain/run-report.ts';
import { writeJson } from '../report/json.ts';

/** results.json on a stream, at the stream's pace. A reader that closes its end early gets no more, and that is no error. */
export async function printResultsJson(report: RunReport, out: NodeJS.WriteStream): Promise<void> {
  await writeJson(report, {
    write: async (text) => {
      if (!out.writable) return;
      await new Promise<void>((done, fail) => {
        out.write(text, (error: NodeJS.ErrnoException | null | undefined) => {
          if (error === null || error === undefined || error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') done();
          else fail(error);
        });
      });
    },
  });
}
