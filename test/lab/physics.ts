/** What a board feels. */
export interface BoardState {
  readonly socC: number;
  readonly skinC: number;
  readonly batteryLevel: number;
  /** Out of the battery above 0. */
  readonly currentUa: number;
  readonly voltageUv: number;
  readonly cpuUw: number;
  readonly boardUw: number;
  /** Since the start, for counters that rise. */
  readonly cpuUj: number;
  readonly boardUj: number;
  readonly upMs: number;
  /** Of the highest, 0 to 1. */
  readonly clock: number;
  /** Android's thermal status, 0 to 6. */
  readonly throttling: number;
  readonly charger: 'usb' | 'none';
}

/** What a test lays down; the rest goes its own way. */
export interface Control {
  readonly socC?: number;
  readonly skinC?: number;
  readonly batteryLevel?: number;
  readonly charger?: 'usb' | 'none';
  readonly throttling?: number;
}

const AMBIENT_C = 25;
/** Rise at full load, in the end: to 38 °C, just below where Android slows down, so that how busy this machine is throttles no board. A test that wants that lays it down. */
const SKIN_RISE_C = 11;
const SKIN_SECONDS = 60;
const SOC_RISE_C = 24;
const IDLE_UW = 600_000;
const LOAD_UW = 4_200_000;
/** Skin temperatures at which Android's statuses 1 to 5 begin, those of a Pixel. */
const STATUS_C = [39, 43, 45, 47, 52];

export const AT_REST: BoardState = {
  socC: AMBIENT_C + 4, skinC: AMBIENT_C + 2, batteryLevel: 83, currentUa: 180_000, voltageUv: 4_100_000, cpuUw: IDLE_UW / 2, boardUw: IDLE_UW,
  cpuUj: 1_000_000, boardUj: 2_500_000, upMs: 60_000, clock: 0.4, throttling: 0, charger: 'usb',
};

/** One step of time at a load of 0 to 1: first-order heating, a battery that sags, counters that rise. */
export function step(state: BoardState, load: number, seconds: number, control: Control): BoardState {
  const towards = AMBIENT_C + 2 + SKIN_RISE_C * load;
  const skinC = control.skinC ?? towards + (state.skinC - towards) * Math.exp(-seconds / SKIN_SECONDS);
  const socC = control.socC ?? skinC + 2 + SOC_RISE_C * load;
  const throttling = control.throttling ?? STATUS_C.filter((bound) => skinC >= bound).length;
  const clock = throttling >= 3 ? 0.5 : 0.4 + 0.6 * load;
  const cpuUw = Math.round(IDLE_UW / 2 + LOAD_UW * load * clock);
  const boardUw = cpuUw + Math.round(IDLE_UW * 1.5);
  const charger = control.charger ?? state.charger;
  const voltageUv = Math.round(4_100_000 - 90_000 * load);
  const drawUa = Math.round((boardUw / voltageUv) * 1e6);
  return {
    socC, skinC, throttling, clock, cpuUw, boardUw, charger, voltageUv,
    batteryLevel: control.batteryLevel ?? state.batteryLevel,
    currentUa: charger === 'usb' ? drawUa - 900_000 : drawUa,
    cpuUj: state.cpuUj + Math.round(cpuUw * seconds),
    boardUj: state.boardUj + Math.round(boardUw * seconds),
    upMs: state.upMs + Math.round(seconds * 1000),
  };
}
