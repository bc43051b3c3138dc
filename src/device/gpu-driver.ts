import { parseGpuInfo } from '../parse/gpu-info.ts';
import type { FileTree } from './file-tree.ts';

/** Asks Android for the line that names its GPU and the version of its driver. */
export const GPU_LINE = 'pick GLES: dumpsys SurfaceFlinger';
/** Drivers that come with a version of their own; those of the kernel's tree are the OS build's. */
const MODULES = ['nvidia', 'amdgpu', 'mali_kbase', 'pvrsrvkm'] as const;
/** For PROBE_LINES. */
export const GPU_MODULE_LINES: readonly string[] = MODULES.map((name) => `scan 1 sys/module/${name}/version`);

/** The GPU's driver and its version in the vendor's words; null where the device tells none. `gles`: what GPU_LINE gave. */
export function gpuDriver(files: FileTree, gles: string): string | null {
  const told = parseGpuInfo(gles);
  const gpu = told.ok ? told.value.gpus.find(({ driver }) => driver !== undefined) : undefined;
  if (gpu?.driver !== undefined) return `${gpu.vendor} ${gpu.renderer}, ${gpu.driver}`;
  const modules = MODULES.flatMap((name) => {
    const version = files.text(`sys/module/${name}/version`)?.trim() ?? '';
    return version === '' ? [] : [`${name} ${version}`];
  });
  return modules.length === 0 ? null : modules.join(', ');
}
