import { NUMBER_FORMAT } from '../number.ts';
import type { Overview } from '../overview.ts';

/** The frame of the results table; reports/table.js fills it. */
export function tableSection({ total }: Overview): string {
  return `<section id="results" aria-labelledby="h-results"><h2 id="h-results">Results <span class="times">${NUMBER_FORMAT.count(total)}</span></h2>
<noscript><p class="callout">The table needs JavaScript, which this viewer does not run. The cases below, results.csv and summary.md have the numbers.</p></noscript>
<form class="controls" id="controls" role="search" hidden>
<label>Find <input type="search" id="find" placeholder="variant, delegate, workload…" autocomplete="off"></label>
<label>Verdict <select id="by-verdict"><option value="">all</option></select></label>
<label>Model <select id="by-model"><option value="">all</option></select></label>
<label>Device <select id="by-device"><option value="">all</option></select></label>
<label class="sort">Sort <select id="sort"></select></label>
<details class="columns"><summary>Columns</summary><fieldset id="columns"><legend class="sr">Columns to show</legend></fieldset></details>
</form>
<p class="note" id="shown" aria-live="polite"></p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="h-results"><table class="results" id="table"><caption class="sr">Results by case; press a heading to sort</caption><thead></thead><tbody></tbody></table></div>
<nav class="pager" id="pager" aria-label="Pages of results" hidden></nav>
<p class="note">Bars compare the rows of one model, workload, batch and device, from zero: the dot is the value, the line its 95 % interval. ★ best, ☆ level with the best. Struck out: not to be trusted.</p></section>
`;
}
