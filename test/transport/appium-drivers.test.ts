import { expect, test } from 'vitest';
import { type AppiumDriver, driverFor, driverInstallCommand } from '../../src/transport/appium-drivers.ts';
import { AppiumServerError } from '../../src/transport/appium-server-error.ts';

const driver = (name: string, folder: string): AppiumDriver => ({ name, automationName: name, packageName: `appium-${name}-driver`, version: '1.0.0', folder: `${folder}/node_modules/appium-${name}-driver` });

test('the command that installs a driver names those that were installed like it, which npm would take away', () => {
  const there = [driver('chromium', '/opt/paddock'), driver('uiautomator2', '/opt/paddock'), driver('mac2', '/home/me/.appium')];
  expect(driverInstallCommand('XCUITest', there, '/opt/paddock')).toBe('npm install --no-save --prefix /opt/paddock appium-uiautomator2-driver appium-xcuitest-driver');
  expect(driverInstallCommand('XCUITest', [], '/opt/paddock')).toBe('npm install --no-save --prefix /opt/paddock appium-xcuitest-driver');
  expect(driverInstallCommand('Windows', there, '/opt/paddock')).toBeNull();
  expect(() => driverFor('xcuitest', there, '/opt/paddock')).toThrow(AppiumServerError);
  expect(() => driverFor('xcuitest', there, '/opt/paddock')).toThrow(/appium-uiautomator2-driver appium-xcuitest-driver/);
});
