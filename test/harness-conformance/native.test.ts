import { describeLocalProcess } from './local-process.ts';
import { describeNative } from './native.ts';

describeNative('compiled here', 'release', (argv) => { describeLocalProcess('native', argv); });
