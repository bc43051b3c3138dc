/** `npm run lab up|down|status|yaml|allow|restart|cut|mend|set`: the device lab from the command line. */
import { existsSync } from 'node:fs';
import { adbPublicKey, askAdb } from './adb-process.ts';
import { KIND_NAMES, KINDS, type KindName } from './kinds/registry.ts';
import { labYaml } from './lab-yaml.ts';
import { LAB_FOLDER, openLab, startLab, stopLab } from './lab.ts';
import { LAB_INSTALL, labNeeds } from './needs.ts';
import type { Control } from './physics.ts';

const USAGE = `usage: npm run lab COMMAND
  up [BOARD...]        bring the lab up: ${KIND_NAMES.join(', ')}
  down                 take it down
  status               what is up, and how it is reached
  yaml                 the boards that are up as a paddock.yaml
  allow BOARD          let this machine in, as the tap on the board's prompt does
  restart BOARD        switch a board off and on
  cut BOARD            take its cable out
  mend BOARD           put its cable back
  set BOARD [JSON]     lay down what it feels: {"skinC": 46, "socC": 80, "batteryLevel": 12, "charger": "none", "throttling": 3}; without JSON it goes its own way again`;

function kindName(name: string | undefined): KindName {
  const found = KIND_NAMES.find((each) => each === name);
  if (found === undefined) throw new Error(`there is no board ${JSON.stringify(name ?? '')}; there are ${KIND_NAMES.join(', ')}`);
  return found;
}

async function status(): Promise<void> {
  if (!existsSync(LAB_FOLDER)) {
    console.log('no lab is up');
    return;
  }
  const lab = await openLab();
  console.log(`adb server   ${lab.adb.host}:${lab.adb.port}   (adb -P ${lab.adb.port} devices)`);
  const seen = await askAdb(lab.adb.port, 'host:devices').catch(() => '');
  for (const [name, board] of lab.boards) {
    const { address } = board;
    const state = (await board.pid()) === null ? 'off' : address.kind === 'ssh' ? 'up' : (seen.split('\n').find((line) => line.startsWith(`${address.serial}\t`))?.split('\t')[1] ?? 'not known to the adb server');
    const how = address.kind === 'ssh' ? `ssh -i ${address.identityFile} -o UserKnownHostsFile=${address.knownHosts} ${address.user}@${address.host}` : `adb -P ${address.server.port} -s ${address.serial} shell`;
    console.log(`${name.padEnd(12)} ${state.padEnd(14)} ${KINDS[name].model.padEnd(30)} ${how}`);
  }
}

async function allow(name: KindName): Promise<void> {
  const lab = await openLab();
  const board = lab.board(name);
  await board.authorize(await adbPublicKey(`${lab.folder}/adb`));
  // A board on the network is asked again when it is connected anew.
  await askAdb(lab.adb.port, `host:disconnect:${board.adbAddress.serial}`);
  await askAdb(lab.adb.port, `host:connect:${board.adbAddress.serial}`);
}

async function main([command = '', ...rest]: readonly string[]): Promise<void> {
  switch (command) {
    case 'up': {
      const missing = await labNeeds();
      if (missing.length > 0) throw new Error(`the lab needs ${missing.join(', ')}; ${LAB_INSTALL}`);
      await startLab(rest.length === 0 ? KIND_NAMES : rest.map((name) => kindName(name)));
      return status();
    }
    case 'down':
      return stopLab();
    case 'status':
      return status();
    case 'yaml':
      return console.log(labYaml(Object.fromEntries((await openLab()).boards)).trimEnd());
    case 'allow':
      return allow(kindName(rest[0]));
    case 'restart':
    case 'cut':
    case 'mend':
      return (await openLab()).board(kindName(rest[0]))[command]();
    case 'set':
      return (await openLab()).board(kindName(rest[0])).set(JSON.parse(rest[1] ?? '{}') as Control);
    default:
      throw new Error(USAGE);
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
