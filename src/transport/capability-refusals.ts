import { type AskedCapabilities, faultsInWords } from './capability-names.ts';

interface Refused {
  readonly isMeant: (name: string, value: unknown) => boolean;
  readonly fault: string;
}

const WEB_ADDRESS = /https?:\/\//i;

/** What a driver would take, and Paddock does not let through. */
const REFUSED: readonly Refused[] = [
  {
    isMeant: (name, value) => name === 'appium:autodownloadEnabled' && value !== false,
    fault: 'Paddock lets no driver download anything: leave it out, and name a chromedriver that is installed on the server\'s machine as `appium:executable`',
  },
  {
    isMeant: (name, value) => (name === 'appium:app' || name === 'appium:otherApps') && WEB_ADDRESS.test(JSON.stringify(value)),
    fault: 'the Appium server would download it, and Paddock lets no driver download anything: name a file on the server\'s machine',
  },
  {
    isMeant: (name) => name === 'appium:options',
    fault: 'what is in it is not looked at: write each as `appium:NAME` of its own, as Paddock must know which driver and which phone are meant',
  },
  {
    isMeant: (name) => name.startsWith('wdio:'),
    fault: 'these are Paddock\'s to set: it drives browsers by the classic protocol and takes the driver that is there; leave it out',
  },
  {
    isMeant: (name, value) => name === 'webSocketUrl' && value !== false,
    fault: 'Paddock drives browsers by the classic protocol, as over BiDi scripts of the driver\'s would run in the page; leave it out',
  },
];

/** What of the capabilities is known and not let through, in words with the places; null when nothing is. */
export function refusedCapabilities({ capabilities, places }: AskedCapabilities): string | null {
  return faultsInWords(places, Object.entries(capabilities).flatMap(([name, value]) => REFUSED.filter(({ isMeant }) => isMeant(name, value)).map(({ fault }) => ({ name, fault }))));
}
