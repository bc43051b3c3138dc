/** A command's parameters in the order of the driver's own table, and what its documentation shows as its answer. */
export interface DoubleCommand {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  readonly answer: (files: Map<string, string>, args: readonly unknown[]) => unknown;
}
export type CommandTable = Readonly<Record<string, DoubleCommand>>;

const INTENT = ['user', 'intent', 'action', 'package', 'uri', 'mimeType', 'identifier', 'component', 'categories', 'extras', 'flags'] as const;

const files: CommandTable = {
  pushFile: { required: ['remotePath', 'payload'], answer: (kept, [path, payload]) => { kept.set(String(path), String(payload)); return null; } },
  pullFile: {
    required: ['remotePath'],
    answer: (kept, [path]) => {
      const content = kept.get(String(path));
      if (content === undefined) throw new Error(`Remote object '${String(path)}' does not exist`);
      return content;
    },
  },
};

/** Parameters: appium-android-driver 14.2 and appium-uiautomator2-driver 8.7, execute-method-map. Answers: their types and the comments on their commands. */
export const ANDROID: CommandTable = {
  ...files,
  batteryInfo: { answer: () => ({ level: 0.29, state: 3 }) },
  deviceInfo: {
    answer: () => ({
      androidId: '9b3e7a61d2c4f508', manufacturer: 'Google', model: 'Pixel 8', brand: 'google', apiVersion: '34', platformVersion: '14', carrierName: null, realDisplaySize: '1080x2400', displayDensity: 420,
      networks: [{ typeName: 'WIFI', type: 1, subtype: 0, subtypeName: '', connected: true, connectionState: 5, extraInfo: null, available: true, isFailover: false, isRoaming: false }],
    }),
  },
  isLocked: { answer: () => false },
  getConnectivity: { optional: ['services'], answer: () => ({ wifi: true, data: false, airplaneMode: false }) },
  getPerformanceDataTypes: { answer: () => ['cpuinfo', 'memoryinfo', 'batteryinfo', 'networkinfo'] },
  getPerformanceData: {
    required: ['packageName', 'dataType'],
    answer: (_files, [, kind]) => ({
      cpuinfo: [['user', 'kernel'], ['14.3', '28.2']],
      memoryinfo: [['totalPrivateDirty', 'nativePrivateDirty', 'eglPrivateDirty', 'totalPss', 'totalRss'], ['18360', '8296', null, '42588', '98120']],
      batteryinfo: [['power'], ['23']],
      networkinfo: [['st', 'activeTime', 'rb', 'rp', 'tb', 'tp', 'op', 'bucketDuration'], ['1478088000', null, '32115296', '34291', '2956805', '25705', '0', '3600'], ['1478091600', null, '2714683', '11821', '1420564', '12650', '0', '3600']],
    })[String(kind)],
  },
  installApp: { required: ['appPath'], optional: ['checkVersion', 'timeout', 'allowTestPackages', 'useSdcard', 'grantPermissions', 'replace', 'noIncremental'], answer: () => null },
  isAppInstalled: { required: ['appId'], optional: ['user'], answer: (_files, [appId]) => appId === 'org.paddock.harness' },
  queryAppState: { required: ['appId'], answer: () => 4 },
  activateApp: { required: ['appId'], answer: () => null },
  removeApp: { required: ['appId'], optional: ['timeout', 'keepData', 'skipInstallCheck'], answer: () => true },
  terminateApp: { required: ['appId'], optional: ['timeout'], answer: () => true },
  startActivity: {
    optional: ['wait', 'stop', 'windowingMode', 'activityType', 'display', ...INTENT],
    answer: () => 'Stopping: org.paddock.harness\nStarting: Intent { cmp=org.paddock.harness/.MainActivity (has extras) }\nStatus: ok\nLaunchState: COLD\nActivity: org.paddock.harness/.MainActivity\nTotalTime: 412\nWaitTime: 418\nComplete\n',
  },
};

/** Parameters: appium-xcuitest-driver 12.13, execute-method-map. Answers: its types, and UIKit's enumerations. */
export const IOS: CommandTable = {
  ...files,
  batteryInfo: { answer: () => ({ level: 0.7, state: 2, advanced: { Temperature: 3059, CycleCount: 212, Voltage: 4123 } }) },
  deviceInfo: {
    answer: () => ({
      currentLocale: 'en_US', timeZone: 'Europe/Zurich', name: 'Ada\'s iPhone', model: 'iPhone', uuid: 'unknown', userInterfaceIdiom: '0', userInterfaceStyle: 'light', isSimulator: false, thermalState: 2,
      lockdownInfo: { BuildVersion: '22C152', ProductType: 'iPhone15,2', ProductVersion: '18.2', HardwareModel: 'D73AP', UniqueDeviceID: '00008120-000A1D0A3C82201E', BoardId: 12 },
    }),
  },
  isLocked: { answer: () => true },
  startPerfRecord: { optional: ['timeout', 'profileName', 'pid'], answer: () => null },
  stopPerfRecord: { optional: ['remotePath', 'user', 'pass', 'method', 'profileName', 'headers', 'fileFieldName', 'formFields'], answer: () => Buffer.from('PK\u0003\u0004 a trace').toString('base64') },
  installApp: { required: ['app'], optional: ['timeoutMs', 'checkVersion'], answer: () => null },
  isAppInstalled: { required: ['bundleId'], answer: () => false },
  queryAppState: { required: ['bundleId'], answer: () => 1 },
  activateApp: { required: ['bundleId'], answer: () => null },
  removeApp: { required: ['bundleId'], answer: () => false },
  terminateApp: { required: ['bundleId'], answer: () => true },
  launchApp: { required: ['bundleId'], optional: ['arguments', 'environment'], answer: () => null },
};
