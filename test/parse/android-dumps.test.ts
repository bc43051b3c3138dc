import { expect, test } from 'vitest';
import { parseAdbDevices } from '../../src/parse/adb-devices.ts';
import { parseDumpsysMeminfo } from '../../src/parse/dumpsys-meminfo.ts';
import { parseDumpsysThermalservice } from '../../src/parse/dumpsys-thermalservice.ts';
import { parseGetprop } from '../../src/parse/getprop.ts';
import { parseGpuBusy } from '../../src/parse/gpu-busy.ts';
import { parseGpuInfo } from '../../src/parse/gpu-info.ts';
import { parseSmapsRollup } from '../../src/parse/smaps-rollup.ts';
import { read, refusal } from './reading.ts';

const THERMAL = `IsStatusOverride: false
ThermalStatusListeners:
\tcallbacks: 6
Thermal Status: 2
Cached temperatures:
\tTemperature{mValue=90.0, mType=0, mName=CPU0, mStatus=4}
HAL Ready: true
HAL connection:
\tThermalHAL 2.0 connected: yes
Current temperatures from HAL:
\tTemperature{mValue=41.5, mType=0, mName=CPU0, mStatus=0}
\tTemperature{mValue=38.25, mType=3, mName=skin, mStatus=2}
\tTemperature{mValue=0.0, mType=2, mName=SUBBAT, mStatus=0}
\tTemperature{mValue=1.05, mType=-1, mName=USB2-MINUS-USB, mStatus=0}
\tTemperature{mValue=49.0, mType=6, mName=vdroop, mStatus=0}
\tTemperature{mValue=69.0, mType=7, mName=ocp, mStatus=0}
\tTemperature{mValue=87.0, mType=8, mName=soc, mStatus=0}
\tTemperature{mValue=NaN, mType=1, mName=gpu, mStatus=0}
Current cooling devices from HAL:
\tCoolingDevice{mValue=6, mType=2, mName=thermal-cpufreq-0}
Temperature static thresholds from HAL:
\tTemperatureThreshold{mType=3, mName=skin, mHotThrottlingThresholds=[36.0, 38.0, NaN, 42.0, 45.0, NaN, NaN], mColdThrottlingThresholds=[NaN]}
\t{.type = CPU, .name = CPU0, .hotThrottlingThresholds = [NaN, NaN, NaN, 95.0, NaN, NaN, 125.0], .coldThrottlingThresholds = [NaN], .vrThrottlingThreshold = NaN}
`;

test('thermalservice: the HAL section alone, and temperatures alone', () => {
  const dump = read(parseDumpsysThermalservice(THERMAL));
  expect(dump).toMatchObject({ throttling: 'moderate', statusOverridden: false, halReady: true, coolingDevices: [{ name: 'thermal-cpufreq-0', type: 2, state: 6 }] });
  expect(dump.temperatures).toEqual([{ name: 'CPU0', type: 'cpu', celsius: 41.5, throttling: 'none' }, { name: 'skin', type: 'skin', celsius: 38.25, throttling: 'moderate' }]);
  expect(dump.thresholds).toEqual([{ name: 'skin', hotC: [36, 38, null, 42, 45, null, null] }, { name: 'CPU0', hotC: [null, null, null, 95, null, null, 125] }]);
  expect(dump.warnings).toHaveLength(6);
});

test('thermalservice: cached values never stand in for missing ones', () => {
  const stale = read(parseDumpsysThermalservice(THERMAL.slice(0, THERMAL.indexOf('Current temperatures')).replace('HAL Ready: true', 'HAL Ready: false')));
  expect(stale).toMatchObject({ halReady: false, throttling: 'moderate' });
  expect(stale).not.toHaveProperty('temperatures');
  expect(stale.warnings.join()).toContain('stale');
  const cut = read(parseDumpsysThermalservice(THERMAL.slice(THERMAL.indexOf('\tTemperature{mValue=90'))));
  expect(cut.temperatures).toHaveLength(2);
  expect(cut.warnings.join()).toContain('1 temperature lines stand outside');
});

test('thermalservice: status 0 while throttling is said; an override is said', () => {
  const { warnings } = read(parseDumpsysThermalservice(THERMAL.replace('Status: 2', 'Status: 0').replace('Override: false', 'Override: true')));
  expect(warnings.join('\n')).toMatch(/overridden by hand[^]*status is none, but sensors throttle: skin moderate\n[^]*cooling devices are at work: thermal-cpufreq-0/);
});

test('thermalservice: other text is refused', () => {
  for (const text of ['Can\'t find service: thermalservice\n', 'Temperature{mValue=41.5, mType=0, mName=CPU0, mStatus=0}\n']) expect(refusal(parseDumpsysThermalservice(text))).toContain('Thermal Status');
});

const TABLE_11 = `                   Pss  Private  Private  SwapPss      Rss     Heap     Heap     Heap
                 Total    Dirty    Clean    Dirty    Total     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------   ------
  Native Heap     2048     1024        0      512     3072     8192     4096     2048
        Stack      256      256        0        0      260                           
        TOTAL    10240     5120      512     7168     4096     8192     4096     2048
`;
const SUMMARY = ` App Summary
                       Pss(KB)                        Rss(KB)
                        ------                         ------
           Java Heap:     1024                           2048
              System:     7168
             Unknown:                                    3072
 
           TOTAL PSS:    10240            TOTAL RSS:     4096       TOTAL SWAP PSS:     7168
`;
const HEADER = 'Applications Memory Usage (in Kilobytes):\nUptime: 494 Realtime: 649\n\n** MEMINFO in pid 1525 [com.example.app] **\n';

test('meminfo: columns by their headings, in MiB; PSS may exceed RSS', () => {
  const { processes: [app], warnings } = read(parseDumpsysMeminfo(`${HEADER}${TABLE_11}\n${SUMMARY}`));
  expect(app).toMatchObject({
    pid: 1525, process: 'com.example.app', total: { pssMiB: 10, privateDirtyMiB: 5, privateCleanMiB: 0.5, swapPssMiB: 7, rssMiB: 4, heapSizeMiB: 8, heapAllocMiB: 4, heapFreeMiB: 2 },
    appSummary: { javaHeap: { pssMiB: 1, rssMiB: 2 }, totalPssMiB: 10, totalRssMiB: 4, totalSwapPssMiB: 7 },
  });
  expect(app?.rows[1]).toEqual({ name: 'Stack', pssMiB: 0.25, privateDirtyMiB: 0.25, privateCleanMiB: 0, swapPssMiB: 0, rssMiB: 260 / 1024 });
  expect(warnings).toEqual(['com.example.app: total PSS exceeds total RSS, because it counts swapped memory']);
});

test('meminfo: a figure that stands in the RSS column is no PSS', () => {
  const { processes: [app] } = read(parseDumpsysMeminfo(SUMMARY));
  expect(app?.appSummary).toMatchObject({ unknown: { rssMiB: 3 }, system: { pssMiB: 7 } });
  expect(app?.appSummary?.unknown).not.toHaveProperty('pssMiB');
  expect(app?.appSummary?.system).not.toHaveProperty('rssMiB');
  const flat = read(parseDumpsysMeminfo(SUMMARY.replaceAll(/^ +/gm, ''))).processes[0]?.appSummary;
  expect(flat).toMatchObject({ javaHeap: { pssMiB: 1 }, totalPssMiB: 10 });
  expect(flat).not.toHaveProperty('unknown');
  const old = SUMMARY.replaceAll(/ +Rss\(KB\)| +------$| {10,}2048| +Unknown.*\n/gm, '').replace(/TOTAL PSS.*/, 'TOTAL:    10240      TOTAL SWAP PSS:     7168');
  expect(read(parseDumpsysMeminfo(old)).processes[0]?.appSummary).toEqual({ javaHeap: { pssMiB: 1 }, system: { pssMiB: 7 }, totalPssMiB: 10, totalSwapPssMiB: 7 });
});

test('meminfo: a native process has no heading; two processes stay apart', () => {
  const [native] = read(parseDumpsysMeminfo(TABLE_11)).processes;
  expect(native).not.toHaveProperty('pid');
  expect(native).toMatchObject({ total: { pssMiB: 10 } });
  const two = read(parseDumpsysMeminfo(`${HEADER}${TABLE_11}\n${HEADER.replace('1525', '1600')}${TABLE_11.replace('TOTAL    10240', 'TOTAL    20480')}`)).processes;
  expect(two).toMatchObject([{ pid: 1525, total: { pssMiB: 10 } }, { pid: 1600, total: { pssMiB: 20 } }]);
});

test('meminfo: the layouts of Android 4.3 and 4.4', () => {
  const old = `                         Shared  Private     Heap     Heap     Heap
                   Pss    Dirty    Dirty     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------
       Native     1024        8     1000     4096     2048     1024
        TOTAL     3072       16     2048     4096     2048     1024
`;
  expect(read(parseDumpsysMeminfo(old)).processes[0]?.total).toEqual({ pssMiB: 3, sharedDirtyMiB: 16 / 1024, privateDirtyMiB: 2, heapSizeMiB: 4, heapAllocMiB: 2, heapFreeMiB: 1 });
  const swapped = TABLE_11.replace('SwapPss      Rss ', 'Swapped  ').replace('Dirty    Total     Size', 'Dirty     Size').replace('------   ------\n', '------\n').replaceAll(/ (3072|260|4096)(?= {2,}8192| *$)/gm, '');
  expect(read(parseDumpsysMeminfo(swapped)).processes[0]?.total).toMatchObject({ pssMiB: 10, swappedDirtyMiB: 7, heapSizeMiB: 8 });
});

test('meminfo: a cut table is not added up; no process and no table are refused', () => {
  const cut = read(parseDumpsysMeminfo(HEADER + TABLE_11.slice(0, TABLE_11.indexOf('        TOTAL'))));
  expect(cut.processes[0]).not.toHaveProperty('total');
  expect(cut.warnings.join()).toContain('not added up');
  expect(refusal(parseDumpsysMeminfo('No process found for: com.x\n'))).toContain('com.x');
  expect(refusal(parseDumpsysMeminfo(HEADER))).toContain('memory table');
});

test('smaps_rollup: kB to MiB, vendors\' lines skipped; a whole smaps is refused', () => {
  const rollup = '12c00000-7fd14f2000 ---p 00000000 00:00 0    [rollup]\nRss:               2048 kB\nPss:               1024 kB\nSwapPss:             0 kB\nWriteback:           0 kB\nPrivate_Dirty:      51\n';
  const { warnings, ...value } = read(parseSmapsRollup(rollup));
  expect(value).toEqual({ rssMiB: 2, pssMiB: 1, swapPssMiB: 0 });
  expect(warnings.join()).toContain('Private_Dirty');
  expect(refusal(parseSmapsRollup(rollup + rollup))).toContain('several Pss lines');
  expect(refusal(parseSmapsRollup('cat: /proc/1/smaps_rollup: Permission denied\n'))).toContain('Rss');
});

test('getprop: the device, and no serial', () => {
  const text = '[gsm.operator.alpha]: [x]\n[ro.product.model]: [Phone [5G]]\n[ro.soc.model]: []\n[ro.board.platform]: [unknown]\n[ro.build.version.sdk]: [34]\n[ro.opengles.version]: [196610]\n[ro.product.cpu.abilist]: [arm64-v8a,armeabi-v7a]\n[ro.serialno]: [SECRET]\n[a.multi]: [one\ntwo]\n[ro.mediatek.platform]: [MT6771]\n[ro.kernel.qemu]: [0]\n';
  const { warnings: _, ...value } = read(parseGetprop(text));
  expect(value).toEqual({ model: 'Phone [5G]', apiLevel: 34, openGlEs: '3.2', abis: ['arm64-v8a', 'armeabi-v7a'], chip: 'MT6771', emulator: false });
  expect(refusal(parseGetprop('/system/bin/sh: getprop: not found\n'))).toContain('getprop');
});

test('gpubusy: an empty window has no share', () => {
  expect(read(parseGpuBusy('   1250    5000\n'))).toEqual({ busyTicks: 1250, windowTicks: 5000, busyShare: 0.25, warnings: [] });
  const idle = read(parseGpuBusy('      0       0\n'));
  expect(idle).not.toHaveProperty('busyShare');
  for (const text of ['5000 1250\n', '12 %\n', '-1 5\n', '1 2\n3 4\n', 'x\n']) refusal(parseGpuBusy(text));
});

test('GLES lines: commas in the renderer, drivers of every form, software labelled', () => {
  const { gpus, warnings } = read(parseGpuInfo(`other text
GLES: Qualcomm, Adreno (TM) 730, OpenGL ES 3.2 V@0615.73 (GIT@8f, Ie, 16) (Date:07/14/23)
 GLES: ARM, Mali-450 MP, OpenGL ES 2.0
GLES: Google (Google Inc.), ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (LLVM 10.0.0)), SwiftShader driver-5.0.0), OpenGL ES 3.1 (ANGLE 2.1)
GLES: cut off, OpenGL
`));
  expect(gpus).toEqual([
    { vendor: 'Qualcomm', renderer: 'Adreno (TM) 730', openGlEs: '3.2', driver: 'V@0615.73 (GIT@8f, Ie, 16) (Date:07/14/23)', software: false },
    { vendor: 'ARM', renderer: 'Mali-450 MP', openGlEs: '2.0', software: false },
    { vendor: 'Google (Google Inc.)', renderer: 'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (LLVM 10.0.0)), SwiftShader driver-5.0.0)', openGlEs: '3.1', driver: '(ANGLE 2.1)', software: true },
  ]);
  expect(warnings).toHaveLength(1);
  refusal(parseGpuInfo('no gpu here\n'));
});

test('adb devices: blanks in serials, both wordings of no permissions, chatter of the daemon inside the list', () => {
  const { devices, warnings } = read(parseAdbDevices(`adb server version (40) doesn't match this client (41); killing...
List of devices attached
* daemon not running; starting now at tcp:5037
* daemon started successfully
R58M\tdevice
My Board 2\toffline
adb-XY (2)._adb-tls-connect._tcp device product:a model:SM_A525F device:a52q transport_id:3
a device of mine       unauthorized usb:1-4 transport_id:9
k2\tno permissions (user in plugdev group; are your udev rules wrong?); see [http://developer.android.com/tools/device.html]
k3                     no permissions (missing udev rules? user is in the plugdev group); see [http://developer.android.com/tools/device.html] usb:1-2 transport_id:4
????????????\tno permissions
what is this
`));
  expect(devices).toEqual([
    { serial: 'R58M', state: 'device' },
    { serial: 'My Board 2', state: 'offline' },
    { serial: 'adb-XY (2)._adb-tls-connect._tcp', state: 'device', product: 'a', model: 'SM_A525F', device: 'a52q', transportId: 3 },
    { serial: 'a device of mine', state: 'unauthorized', usb: '1-4', transportId: 9 },
    { serial: 'k2', state: 'no permissions', detail: 'user in plugdev group; are your udev rules wrong?' },
    { serial: 'k3', state: 'no permissions', detail: 'missing udev rules? user is in the plugdev group', usb: '1-2', transportId: 4 },
    { serial: '????????????', state: 'no permissions' },
  ]);
  expect(warnings[0]).toContain('what is this');
});

test('adb devices: an empty list is a list; no list is refused', () => {
  expect(read(parseAdbDevices('List of devices attached\n\n'))).toEqual({ devices: [], warnings: [] });
  refusal(parseAdbDevices('bash: adb: command not found\n'));
});
