import { h, type Child } from './element.ts';
import { choose } from './route.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A choice of the view. What was chosen stands in the address, also the usual one: which that is may be another in a later site. */
export function select(label: string, parameter: string, choices: readonly Choice[], chosen: string): HTMLElement {
  const box = h('select', {}, choices.map(({ value, label: text }) => {
    const option = h('option', { value }, text);
    option.selected = value === chosen;
    return option;
  }));
  box.dataset['choice'] = parameter;
  box.addEventListener('change', () => { choose({ [parameter]: box.value }); });
  return h('label', {}, label, box);
}

export function controls(...members: readonly Child[]): HTMLElement {
  return h('div', { class: 'controls', role: 'group', 'aria-label': 'What is shown' }, members);
}

/** The value that the address names if it is one of them, else the first. */
export function chosen(choices: URLSearchParams, parameter: string, known: readonly Choice[]): string {
  const given = choices.get(parameter);
  return known.find(({ value }) => value === given)?.value ?? known[0]?.value ?? '';
}

export function asChoices(values: Iterable<string>): readonly Choice[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1)).map((value) => ({ value, label: value }));
}
