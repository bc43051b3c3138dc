/** What report.html gives its scripts besides the document. */
declare const numberFormat: import('../src/report/number.ts').NumberFormat;
