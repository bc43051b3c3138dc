import { dumpLines, type DumpOutcome } from './dump.ts';

export interface GpuInfo {
  readonly vendor: string;
  readonly renderer: string;
  readonly openGlEs: string;
  /** Driver version and build as the vendor writes them. */
  readonly driver?: string;
  /** True for a renderer on the CPU or on the host of an emulator: never a figure of a GPU. */
  readonly software: boolean;
}

/** Software rasterizers of Android, and the translator of its emulator. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|pixelflinger|emulator/i;

/** Reads the `GLES:` line of `dumpsys SurfaceFlinger`: `GLES: vendor, renderer, OpenGL ES version driver`. A renderer may hold commas. */
export function parseGpuInfo(text: string): DumpOutcome<{ readonly gpus: readonly GpuInfo[] }> {
  const gpus: GpuInfo[] = [];
  for (const line of dumpLines(text)) {
    const start = line.indexOf('GLES: ');
    const versionAt = line.indexOf(', OpenGL ES ');
    if (start < 0 || line.slice(0, start).trim() !== '' || versionAt < start) continue;
    const names = line.slice(start + 'GLES: '.length, versionAt);
    const comma = names.indexOf(', ');
    const [, openGlEs, driver = ''] = /^(?:-CM )?(\d\.\d)(?: (.*))?$/.exec(line.slice(versionAt + ', OpenGL ES '.length).trimEnd()) ?? [];
    if (comma <= 0 || openGlEs === undefined) continue;
    const vendor = names.slice(0, comma).trim();
    const renderer = names.slice(comma + 2).trim();
    if (renderer === '') continue;
    gpus.push({ vendor, renderer, openGlEs, ...(driver.trim() === '' ? {} : { driver: driver.trim() }), software: SOFTWARE.test(names) });
  }
  if (gpus.length === 0) return { ok: false, reason: 'it has no `GLES: vendor, renderer, OpenGL ES version` line of `dumpsys SurfaceFlinger`' };
  const warnings = gpus.filter((gpu) => gpu.software).map((gpu) => `${gpu.renderer} is no GPU of the device: its figures say nothing about one`);
  return { ok: true, value: { gpus }, warnings };
}
